#include "server/service/directory_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/directory.h"
#include "core/rules/facts.h"
#include "server/service/paging.h"

namespace cbm {

void DirectoryService::Serve(CallQueue& queue) {
  policy_.ServeReads<v1::ListStatesRequest, v1::ListStatesResponse>(
      queue, "ListStates", [this](auto*... asked) { RequestListStates(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadStates(caller.ledger, request, response);
      });
  policy_.ServeReads<v1::ListOfficesRequest, v1::ListOfficesResponse>(
      queue, "ListOffices", [this](auto*... asked) { RequestListOffices(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadOffices(caller.ledger, request, response);
      });
  policy_.ServeReads<v1::GetOfficeRequest, v1::GetOfficeResponse>(
      queue, "GetOffice", [this](auto*... asked) { RequestGetOffice(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadOffice(caller.ledger, request, response);
      });
}

absl::Status DirectoryService::ReadStates(const LedgerId& own, const v1::ListStatesRequest& request,
                                          v1::ListStatesResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size(), context_.limits));
  const Digest filters = FiltersOf(own, request);
  CBM_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(filters, request.page_token()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, context_.store.Read(own));
  // One more than the page holds tells whether another follows.
  CBM_ASSIGN_OR_RETURN(std::vector<v1::StateRecord> states,
                       rules::ListStates(*snapshot, request.framework(), after, size + 1));
  const bool more = states.size() > size;
  states.resize(std::min(states.size(), size));
  for (v1::StateRecord& state : states) {
    *response.add_states() = std::move(state);
  }
  if (more) {
    response.set_next_page_token(
        MakePageToken(filters, response.states(response.states_size() - 1).code()));
  }
  return absl::OkStatus();
}

absl::Status DirectoryService::ReadOffices(const LedgerId& own,
                                           const v1::ListOfficesRequest& request,
                                           v1::ListOfficesResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size(), context_.limits));
  const Digest filters = FiltersOf(own, request);
  CBM_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(filters, request.page_token()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, context_.store.Read(own));
  CBM_ASSIGN_OR_RETURN(std::vector<v1::OfficeRecord> offices,
                       rules::ListOffices(*snapshot, request.party(), after, size + 1));
  size_t bytes = 0;
  for (v1::OfficeRecord& office : offices) {
    bytes += office.ByteSizeLong();
    const auto taken = static_cast<size_t>(response.offices_size());
    if (taken == size || (taken > 0 && bytes > kPageBytesMax)) {
      const v1::OfficeRecord& last = *response.offices().rbegin();
      response.set_next_page_token(
          MakePageToken(filters, rules::OfficeKey(last.party(), last.office())));
      break;
    }
    *response.add_offices() = std::move(office);
  }
  return absl::OkStatus();
}

absl::Status DirectoryService::ReadOffice(const LedgerId& own, const v1::GetOfficeRequest& request,
                                          v1::GetOfficeResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, context_.store.Read(own));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::OfficeRecord> office,
                       rules::FindOffice(*snapshot, request.party(), request.office()));
  if (!office.has_value()) {
    return absl::NotFoundError("there is no such office");
  }
  *response.mutable_office() = *std::move(office);
  return absl::OkStatus();
}

}  // namespace cbm
