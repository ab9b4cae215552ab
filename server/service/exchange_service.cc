#include "server/service/exchange_service.h"

#include <memory>
#include <utility>

#include "core/rules/facts.h"
#include "core/rules/ledger_access.h"

namespace cbm {
namespace {

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

v1::Limits ToProto(const ServiceLimits& limits) {
  v1::Limits proto;
  proto.set_act_bytes_max(limits.act_bytes_max);
  proto.set_content_bytes_max(limits.content_bytes_max);
  proto.set_addressees_max(limits.addressees_max);
  proto.set_page_size_default(limits.page_size_default);
  proto.set_page_size_max(limits.page_size_max);
  proto.set_streams_per_office_max(limits.streams_per_office_max);
  *proto.mutable_author_time_ahead_max() = ToProto(limits.author_time_ahead_max);
  *proto.mutable_validity_max() = ToProto(limits.validity_max);
  *proto.mutable_call_deadline_max() = ToProto(limits.call_deadline_max);
  return proto;
}

}  // namespace

void ExchangeService::Serve(CallQueue& queue) {
  policy_.ServeReads<v1::GetExchangeRequest, v1::GetExchangeResponse>(
      queue, "GetExchange", [this](auto*... asked) { RequestGetExchange(asked...); },
      [this](const Caller& caller, const auto& /*request*/, auto& response) {
        Describe(caller, response);
        return absl::OkStatus();
      });
  UnaryCall<v1::ReloadTlsRequest, v1::ReloadTlsResponse>::Serve(
      queue, {.ask = [this](auto*... asked) { RequestReloadTls(asked...); },
              .take = [this](auto& call) { AnswerReload(call); }});
}

void ExchangeService::Describe(const Caller& caller, v1::GetExchangeResponse& response) const {
  const rules::Exchange& exchange = context_.store.exchange();
  response.set_exchange_id(exchange.id());
  response.set_epoch(context_.epoch);
  response.set_log_key(context_.log_key);
  response.set_genesis(context_.store.genesis());
  response.set_genesis_signature(context_.store.genesis_signature());
  *response.mutable_limits() = ToProto(context_.limits);
  *response.mutable_time() = rules::ToTimestamp(context_.clock.Now());
  *response.mutable_caller() = caller.record;
  for (const LedgerId& ledger : rules::ReadableLedgers(exchange, caller.ledger)) {
    response.add_ledgers(ledger.text());
  }
  response.set_server_version(context_.server_version);
}

void ExchangeService::AnswerReload(UnaryCall<v1::ReloadTlsRequest, v1::ReloadTlsResponse>& open) {
  const std::shared_ptr<Call> call = policy_.Begin(
      open, "ReloadTls", {.kind = CallKind::kRead, .request_bytes = open.request_bytes()});
  if (!call->admitted().ok()) {
    call->Finish(call->admitted());
    return;
  }
  if (call->caller().record.party() != kSecretariatParty) {
    call->Finish(absl::PermissionDeniedError(
        "the secretariat alone may have the server look at its files: ask it"));
    return;
  }
  if (const absl::Status read = open.ReadRequest(); !read.ok()) {
    call->Finish(read);
    return;
  }
  if (reload_ == nullptr) {
    call->Finish(absl::UnimplementedError("this server has no files to look at"));
    return;
  }
  reload_([&open, call](absl::StatusOr<v1::ReloadTlsResponse> report) {
    const absl::Status made = report.status();
    if (made.ok()) {
      open.response() = *std::move(report);
    }
    call->Finish(made);
  });
}

}  // namespace cbm
