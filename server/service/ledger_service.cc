#include "server/service/ledger_service.h"

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/content_access.h"
#include "core/rules/ledger_access.h"
#include "fmt/format.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/service/guard.h"
#include "server/service/paging.h"
#include "server/service/request.h"
#include "server/service/status.h"

namespace cbm {
namespace {

// One stream, between the hub and gRPC, from being waited for to its end. It deletes itself when
// gRPC is done with it. What gRPC tells of comes on the queue's thread.
class FollowCall final : public FollowSink {
 public:
  using Writer = grpc::ServerAsyncWriter<grpc::ByteBuffer>;

  struct Method {
    const ServiceContext& context;
    CallPolicy& policy;
    FollowHub& hub;
    std::function<void(grpc::ServerContext*, grpc::ByteBuffer*, Writer*, grpc::CompletionQueue*,
                       grpc::ServerCompletionQueue*, void*)>
        ask;
    // Has the hub take up the stream of who was admitted.
    std::function<absl::Status(const Caller&, const v1::FollowRequest&, FollowSink&)> start;
  };

  static void WaitForNext(CallQueue& queue, const std::shared_ptr<const Method>& method) {
    auto* const call = new FollowCall(queue, method);
    call->grpc_.AsyncNotifyWhenDone(call->done_.tag());
    method->ask(&call->grpc_, &call->bytes_, &call->writer_, &queue.grpc(), &queue.grpc(),
                call->come_.tag());
  }

  void Send(const v1::FollowResponse& answer) override {
    grpc::ByteBuffer bytes;
    bool own_buffer = false;
    if (!grpc::SerializationTraits<v1::FollowResponse>::Serialize(answer, &bytes, &own_buffer)
             .ok()) {
      std::abort();  // It is far shorter than a message may be.
    }
    method_->policy.ChargeRead(*caller_, bytes.Length());
    is_writing_ = true;
    writer_.Write(bytes, written_.tag());
  }

  void End(const absl::Status& status) override {
    method_->policy.LogCall(kMethod, *caller_, status, began_);
    writer_.Finish(ToGrpcStatus(status, kMethod, method_->context.log), finished_.tag());
  }

 private:
  // One of the things that gRPC tells a call.
  class Told final : public CallEvent {
   public:
    Told(FollowCall& call, void (FollowCall::*what)(bool)) : call_(call), what_(what) {}
    void Happened(bool ok) override { (call_.*what_)(ok); }

   private:
    FollowCall& call_;
    void (FollowCall::*const what_)(bool);
  };

  static constexpr std::string_view kMethod = "Follow";

  FollowCall(CallQueue& queue, std::shared_ptr<const Method> method)
      : queue_(queue), use_(queue), method_(std::move(method)) {}

  void Come(bool ok) {
    if (!ok) {
      delete this;  // The server is going down: nothing else is told.
      return;
    }
    WaitForNext(queue_, method_);
    began_ = method_->context.clock.Now();
    auto [name, caller] =
        method_->policy.Admit(grpc_, {.kind = CallKind::kRead, .request_bytes = bytes_.Length()});
    if (!caller.ok()) {
      bytes_.Clear();
      method_->policy.LogRefused(kMethod, name, caller.status(), began_);
      writer_.Finish(ToGrpcStatus(caller.status(), kMethod, method_->context.log), finished_.tag());
      return;
    }
    caller_ = *std::move(caller);
    // The hub's thread may end it before this returns.
    if (const absl::Status started = Guard([this] { return Start(); }); !started.ok()) {
      End(started);
    }
  }

  absl::Status Start() {
    v1::FollowRequest request;
    CBM_RETURN_IF_ERROR(ReadRequest(bytes_, request));
    return method_->start(*caller_, request, *this);
  }

  void Written(bool ok) {
    is_writing_ = false;  // Before the hub hears of it, and writes the next.
    method_->hub.Written(*this, ok);
    DeleteIfOver();
  }

  void Done(bool /*ok*/) {
    if (grpc_.IsCancelled()) {
      method_->hub.Cancel(*this);
    }
    is_done_ = true;
    DeleteIfOver();
  }

  void Finished(bool /*ok*/) {
    is_finished_ = true;
    DeleteIfOver();
  }

  void DeleteIfOver() {
    if (is_done_ && is_finished_ && !is_writing_) {
      method_->hub.Remove(*this);
      delete this;
    }
  }

  CallQueue& queue_;
  const CallQueue::Use use_;  // Given up last.
  const std::shared_ptr<const Method> method_;
  grpc::ServerContext grpc_;
  grpc::ByteBuffer bytes_;  // The request, until it is read.
  Writer writer_{&grpc_};
  absl::Time began_;
  std::optional<Caller> caller_;
  bool is_done_ = false;
  bool is_finished_ = false;
  // Whether an answer is under way: gRPC may tell of it last, when all else is over. The hub's
  // thread begins one, and none any more once it has ended the stream.
  std::atomic<bool> is_writing_ = false;
  Told come_{*this, &FollowCall::Come};
  Told written_{*this, &FollowCall::Written};
  Told finished_{*this, &FollowCall::Finished};
  Told done_{*this, &FollowCall::Done};
};

}  // namespace

void LedgerService::Serve(CallQueue& queue) {
  FollowCall::WaitForNext(
      queue,
      std::make_shared<const FollowCall::Method>(FollowCall::Method{
          .context = context_,
          .policy = policy_,
          .hub = hub_,
          .ask = [this](auto*... asked) { RequestFollow(asked...); },
          .start = [this](const Caller& caller, const v1::FollowRequest& request,
                          FollowSink& sink) { return StartToFollow(caller, request, sink); }}));
  policy_.ServeReads<v1::ListEntriesRequest, v1::ListEntriesResponse>(
      queue, "ListEntries", [this](auto*... asked) { RequestListEntries(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadPage(caller, request, response);
      });
  policy_.ServeReads<v1::GetContentRequest, v1::GetContentResponse>(
      queue, "GetContent", [this](auto*... asked) { RequestGetContent(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadContent(caller, request, response);
      });
}

absl::Status LedgerService::StartToFollow(const Caller& caller, const v1::FollowRequest& request,
                                          FollowSink& sink) {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(std::vector<LedgerPlace> places, reader_.FindPlaces(caller.ledger, request));
  return hub_.Add({.credential = caller.credential,
                   .party = caller.record.party(),
                   .office = fmt::format("{}/{}", caller.record.party(), caller.record.office()),
                   .ledger = caller.ledger},
                  std::move(places), sink);
}

absl::Status LedgerService::ReadPage(const Caller& caller, const v1::ListEntriesRequest& request,
                                     v1::ListEntriesResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size(), context_.limits));
  CBM_ASSIGN_OR_RETURN(response, reader_.ReadPage(caller.ledger, request.cursor(), size));
  return absl::OkStatus();
}

// From the first of the caller's ledgers that gives it.
absl::Status LedgerService::ReadContent(const Caller& caller, const v1::GetContentRequest& request,
                                        v1::GetContentResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(const Digest act, ReadDigest("act_digest", request.act_digest()));
  CBM_ASSIGN_OR_RETURN(const Digest digest, ReadDigest("content_digest", request.content_digest()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(caller.ledger));
  for (const LedgerId& ledger : rules::ReadableLedgers(snapshot->exchange(), caller.ledger)) {
    absl::Status found = rules::MayReadContent(*snapshot, caller.record, ledger, act);
    if (found.ok()) {
      absl::StatusOr<v1::Content> content = snapshot->ReadContent(ledger, act, digest);
      if (content.ok()) {
        *response.mutable_content() = *std::move(content);
        return absl::OkStatus();
      }
      found = content.status();
    }
    if (!absl::IsNotFound(found)) {
      return found;
    }
  }
  return rules::NoSuchContent();
}

}  // namespace cbm
