#include "server/service/ledger_service.h"

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
#include "server/service/paging.h"
#include "server/service/status.h"

namespace cbm {
namespace {

// One stream, between the hub and gRPC. It deletes itself when gRPC is done with it.
class FollowReactor final : public grpc::ServerWriteReactor<v1::FollowResponse>, public FollowSink {
 public:
  FollowReactor(const ServiceContext& context, CallPolicy& policy, FollowHub& hub)
      : context_(context), policy_(policy), hub_(hub), began_(context.clock.Now()) {}

  // Who follows, if he may. Before the hub knows of it.
  void SetCaller(Caller caller) { caller_ = std::move(caller); }

  // Ends what was not admitted.
  void Refuse(const CallerName& name, const absl::Status& status) {
    policy_.LogRefused(kMethod, name, status, began_);
    Finish(ToGrpcStatus(status, kMethod, context_.log));
  }

  void Send(const v1::FollowResponse& answer) override {
    policy_.ChargeRead(*caller_, answer.ByteSizeLong());
    StartWrite(&answer);
  }

  void End(const absl::Status& status) override {
    policy_.LogCall(kMethod, *caller_, status, began_);
    Finish(ToGrpcStatus(status, kMethod, context_.log));
  }

  void OnWriteDone(bool ok) override { hub_.Written(*this, ok); }
  void OnCancel() override { hub_.Cancel(*this); }
  void OnDone() override {
    hub_.Remove(*this);
    delete this;
  }

 private:
  static constexpr std::string_view kMethod = "Follow";

  const ServiceContext& context_;
  CallPolicy& policy_;
  FollowHub& hub_;
  const absl::Time began_;
  std::optional<Caller> caller_;
};

}  // namespace

grpc::ServerWriteReactor<v1::FollowResponse>* LedgerService::Follow(
    grpc::CallbackServerContext* context, const v1::FollowRequest* request) {
  auto* const reactor = new FollowReactor(context_, policy_, hub_);
  const auto [name, caller] =
      policy_.Admit(*context, {.kind = CallKind::kRead, .request_bytes = request->ByteSizeLong()});
  if (!caller.ok()) {
    reactor->Refuse(name, caller.status());
    return reactor;
  }
  reactor->SetCaller(*caller);
  if (const absl::Status started = StartToFollow(*caller, *request, *reactor); !started.ok()) {
    reactor->End(started);
  }
  return reactor;
}

grpc::ServerUnaryReactor* LedgerService::ListEntries(grpc::CallbackServerContext* context,
                                                     const v1::ListEntriesRequest* request,
                                                     v1::ListEntriesResponse* response) {
  return policy_.Read(*context, "ListEntries", *request, *response,
                      [&](const Caller& caller) { return ReadPage(caller, *request, *response); });
}

grpc::ServerUnaryReactor* LedgerService::GetContent(grpc::CallbackServerContext* context,
                                                    const v1::GetContentRequest* request,
                                                    v1::GetContentResponse* response) {
  return policy_.Read(*context, "GetContent", *request, *response, [&](const Caller& caller) {
    return ReadContent(caller, *request, *response);
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
