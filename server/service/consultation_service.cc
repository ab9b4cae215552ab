#include "server/service/consultation_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "server/service/paging.h"

namespace cbm {

void ConsultationService::Serve(CallQueue& queue) {
  policy_.ServeReads<v1::GetConsultationRequest, v1::GetConsultationResponse>(
      queue, "GetConsultation", [this](auto*... asked) { RequestGet(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadOne(caller, request, response);
      });
  policy_.ServeReads<v1::ListConsultationsRequest, v1::ListConsultationsResponse>(
      queue, "ListConsultations", [this](auto*... asked) { RequestList(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadPage(caller, request, response);
      });
}

absl::Status ConsultationService::ReadOne(const Caller& caller,
                                          const v1::GetConsultationRequest& request,
                                          v1::GetConsultationResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_RETURN_IF_ERROR(ReadDigest("consultation_id", request.consultation_id()).status());
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(caller.ledger));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::ConsultationRecord> record,
                       rules::FindConsultation(snapshot->own(), request.consultation_id()));
  if (!record.has_value()) {
    return rules::NoSuchConsultation();
  }
  *response.mutable_consultation() = rules::ShownAt(*std::move(record), context_.clock.Now());
  return absl::OkStatus();
}

absl::Status ConsultationService::ReadPage(const Caller& caller,
                                           const v1::ListConsultationsRequest& request,
                                           v1::ListConsultationsResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size(), context_.limits));
  const Digest filters = FiltersOf(caller.ledger, request);
  CBM_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(filters, request.page_token()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(caller.ledger));
  // One more than the page, to know whether there is another.
  CBM_ASSIGN_OR_RETURN(const std::vector<rules::Fact> facts,
                       snapshot->own().ListFacts(rules::kConsultations, after,
                                                 rules::Direction::kAscending, size + 1));
  const absl::Time now = context_.clock.Now();
  size_t bytes = 0;
  std::string last;
  for (const rules::Fact& fact : facts) {
    if (static_cast<size_t>(response.consultations_size()) == size || bytes > kPageBytesMax) {
      response.set_next_page_token(MakePageToken(filters, last));
      return absl::OkStatus();
    }
    v1::ConsultationRecord record;
    if (!record.ParseFromString(fact.value)) {
      return absl::DataLossError("a stored consultation cannot be read");
    }
    record = rules::ShownAt(std::move(record), now);
    record.clear_history();
    bytes += record.ByteSizeLong();
    *response.add_consultations() = std::move(record);
    last = fact.key;
  }
  return absl::OkStatus();
}

}  // namespace cbm
