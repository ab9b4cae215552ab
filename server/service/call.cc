#include "server/service/call.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/service/guard.h"
#include "server/service/status.h"

namespace cbm {
namespace {

// A read asks for something by name; nothing that it may ask for is longer.
constexpr size_t kReadBytesMax = size_t{16} * 1024;

// Beside act and contents: signature, openings, field headers.
constexpr size_t kActSurplusBytesMax = size_t{64} * 1024;

// Reads that wait for their turn. A party has fewer calls under way (GateConfig), but those that
// were cancelled wait too.
constexpr FairQueueBounds kReadsWaiting{
    .all = 16'384, .of_party = 512, .bytes_of_party = size_t{1} << 20};

size_t RequestBytesMax(CallKind kind, const ServiceLimits& limits) {
  return kind == CallKind::kRead
             ? kReadBytesMax
             : limits.act_bytes_max + limits.content_bytes_max + kActSurplusBytesMax;
}

// A caller that waits for ever holds what its call holds for ever. gRPC gives an instant of the
// system's clock, whatever clock the exchange goes by.
absl::Status CheckDeadline(const grpc::ServerContextBase& context, absl::Duration deadline_max) {
  const auto left = context.deadline() - std::chrono::system_clock::now();
  if (left <= absl::ToChronoNanoseconds(deadline_max)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format(
      "a call must carry a deadline of at most {}: set one", absl::FormatDuration(deadline_max)));
}

// What is read when the caller waits no longer is read for nobody.
absl::Status CheckStillWanted(const grpc::ServerContextBase& context) {
  return std::chrono::system_clock::now() < context.deadline()
             ? absl::OkStatus()
             : absl::DeadlineExceededError(
                   "the call's deadline passed before its turn came: try again with a later one");
}

CallerName NameOf(const v1::CredentialRecord& record) {
  return {.party = record.party(), .office = record.office()};
}

RatePayer PayerOf(const Caller& caller) {
  return {.party = caller.record.party(), .office = caller.record.office()};
}

}  // namespace

Call::Call(CallPolicy& policy, std::string_view method, OpenCall& call)
    : policy_(policy), method_(method), began_(policy.context_.clock.Now()), call_(call) {}

void Call::Finish(const absl::Status& status) {
  if (admitted_.ok()) {
    policy_.LogCall(method_, *caller_, status, began_);
  } else {
    policy_.LogRefused(method_, name_, status, began_);
  }
  call_.Finish(ToGrpcStatus(status, method_, policy_.context_.log));
}

CallPolicy::CallPolicy(const ServiceContext& context, unsigned reading_threads)
    : context_(context),
      acts_(context.clock, context.limits.state_acts),
      emergencies_(context.clock, context.limits.state_emergencies),
      reads_(context.clock, context.limits.state_reads),
      untaken_(context.limits.state_untaken_bytes_max),
      readers_(reading_threads, kReadsWaiting) {}

CallPolicy::Arrival CallPolicy::Admit(const grpc::ServerContextBase& context, const Asked& asked) {
  Arrival arrival;
  absl::Status admitted = Guard([&]() -> absl::Status {
    Identified identified =
        context_.identity.IdentifyWhoever(context, /*to_act=*/asked.kind == CallKind::kAct);
    if (identified.refused.has_value()) {
      arrival.name = NameOf(*identified.refused);
    }
    CBM_ASSIGN_OR_RETURN(arrival.caller, std::move(identified.caller));
    arrival.name = NameOf(arrival.caller->record);
    return Charge(*arrival.caller, asked);
  });
  if (!admitted.ok()) {
    arrival.caller = std::move(admitted);
  }
  return arrival;
}

absl::Status CallPolicy::Charge(const Caller& caller, const Asked& asked) {
  RateLimiter& limiter = asked.kind == CallKind::kAct ? acts_ : reads_;
  absl::Status taken = limiter.Take(PayerOf(caller), asked.request_bytes);
  const size_t bytes_max = RequestBytesMax(asked.kind, context_.limits);
  const bool is_too_long = asked.request_bytes > bytes_max;
  if (absl::IsResourceExhausted(taken) && !is_too_long && asked.is_emergency()) {
    taken = emergencies_.Take(PayerOf(caller), asked.request_bytes);
  }
  CBM_RETURN_IF_ERROR(taken);
  // Afterwards, because what is too long was received all the same.
  if (is_too_long) {
    return absl::InvalidArgumentError(fmt::format("the request has {} bytes; at most {} are taken",
                                                  asked.request_bytes, bytes_max));
  }
  return absl::OkStatus();
}

std::shared_ptr<Call> CallPolicy::Begin(OpenCall& open, std::string_view method,
                                        const Asked& asked) {
  // Shared, because the answer may come from a thread that this one does not wait for.
  std::shared_ptr<Call> call(new Call(*this, method, open));
  Arrival arrival = Admit(open.context(), asked);
  call->name_ = std::move(arrival.name);
  call->admitted_ = arrival.caller.ok()
                        ? CheckDeadline(open.context(), context_.limits.call_deadline_max)
                        : arrival.caller.status();
  if (arrival.caller.ok()) {
    call->caller_ = *std::move(arrival.caller);
  }
  return call;
}

void CallPolicy::Read(OpenCall& open, std::string_view method,
                      const google::protobuf::MessageLite& response, Body body) {
  const std::shared_ptr<Call> call =
      Begin(open, method, {.kind = CallKind::kRead, .request_bytes = open.request_bytes()});
  absl::Status waits = call->admitted();
  if (waits.ok()) {
    waits = readers_.HandIn(PayerOf(call->caller()), open.request_bytes(),
                            [this, call, &open, &response, body = std::move(body)] {
                              ReadNow(open, call, response, body);
                            });
  }
  if (!waits.ok()) {
    call->Finish(waits);
  }
}

void CallPolicy::ReadNow(OpenCall& open, const std::shared_ptr<Call>& call,
                         const google::protobuf::MessageLite& response, const Body& body) {
  const RatePayer payer = PayerOf(call->caller());
  call->Finish(Guard([&]() -> absl::Status {
    CBM_RETURN_IF_ERROR(CheckStillWanted(open.context()));
    // It may have been suspended since.
    CBM_RETURN_IF_ERROR(context_.identity.IdentifyCredential(call->caller().credential).status());
    CBM_RETURN_IF_ERROR(untaken_.CheckRoom(payer));
    CBM_RETURN_IF_ERROR(open.ReadRequest());
    CBM_RETURN_IF_ERROR(body(call->caller()));
    const size_t bytes = response.ByteSizeLong();  // Of a page that is some work.
    ChargeRead(call->caller(), bytes);
    untaken_.Add(payer, bytes);
    open.AtEnd([this, call, bytes] { untaken_.GiveBack(PayerOf(call->caller()), bytes); });
    return absl::OkStatus();
  }));
}

void CallPolicy::ChargeRead(const Caller& caller, size_t bytes) {
  reads_.Charge(PayerOf(caller), bytes);
}

void CallPolicy::LogCall(std::string_view method, const Caller& caller, const absl::Status& status,
                         absl::Time began) {
  context_.log.Info("call",
                    {{"method", method},
                     {"party", caller.record.party()},
                     {"office", caller.record.office()},
                     {"code", absl::StatusCodeToString(status.code())},
                     {"microseconds", absl::ToInt64Microseconds(context_.clock.Now() - began)}});
}

void CallPolicy::LogRefused(std::string_view method, const CallerName& name,
                            const absl::Status& status, absl::Time began) {
  const absl::Time now = context_.clock.Now();
  // Who holds an old key of the office hides nothing of what it does itself.
  const std::string payer = fmt::format("{}/{}{}", name.party, name.office,
                                        absl::IsUnauthenticated(status) ? " not active" : "");
  const std::optional<uint64_t> left_out =
      refused_lines_.Take(payer, absl::ToChronoNanoseconds(now - absl::UnixEpoch()));
  if (!left_out.has_value()) {
    return;
  }
  context_.log.Info("call", {{"method", method},
                             {"party", name.party},
                             {"office", name.office},
                             {"code", absl::StatusCodeToString(status.code())},
                             {"microseconds", absl::ToInt64Microseconds(now - began)},
                             {"lines_left_out", *left_out}});
}

}  // namespace cbm
