#include "server/service/ledger_reader.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/ledger_access.h"
#include "fmt/format.h"
#include "server/service/paging.h"

namespace cbm {
namespace {

constexpr int kCursorsMax = 8;
constexpr size_t kFollowedEntriesMax = 100;
// What a stream holds of one answer, twice, until its reader takes it: a State has many streams.
constexpr size_t kFollowedBytesMax = size_t{128} * 1024;

// The records of a page, moved: they are most of its bytes.
template <typename Response>
void AddRecords(std::vector<v1::LedgerRecord> records, Response& response) {
  for (v1::LedgerRecord& record : records) {
    *response.add_records() = std::move(record);
  }
}

}  // namespace

absl::StatusOr<LedgerPlace> LedgerReader::FindPlace(const Snapshot& snapshot,
                                                    const v1::Cursor& cursor) const {
  CBM_ASSIGN_OR_RETURN(
      LedgerId ledger,
      rules::FindReadableLedger(snapshot.exchange(), snapshot.own_id(), cursor.ledger()));
  if (cursor.epoch() != context_.epoch) {
    return absl::OutOfRangeError(fmt::format("the cursor is of epoch {}; the log is in epoch {}",
                                             cursor.epoch(), context_.epoch));
  }
  CBM_ASSIGN_OR_RETURN(const TreeHead head, snapshot.Head(ledger));
  if (cursor.ordinal() > head.size) {
    return absl::OutOfRangeError(
        fmt::format("the cursor stands at {}, and {} has {} entries: it lies beyond the ledger",
                    cursor.ordinal(), ledger.text(), head.size));
  }
  return LedgerPlace{.ledger = std::move(ledger), .ordinal = cursor.ordinal()};
}

absl::StatusOr<std::vector<LedgerPlace>> LedgerReader::FindPlaces(
    const LedgerId& own, const v1::FollowRequest& request) const {
  if (request.cursors().empty() || request.cursors_size() > kCursorsMax) {
    return absl::InvalidArgumentError(fmt::format("cursors has {} members; 1 to {} are taken",
                                                  request.cursors_size(), kCursorsMax));
  }
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, context_.store.Read(own));
  std::vector<LedgerPlace> places;
  std::set<LedgerId> seen;
  for (const v1::Cursor& cursor : request.cursors()) {
    CBM_ASSIGN_OR_RETURN(LedgerPlace place, FindPlace(*snapshot, cursor));
    if (!seen.insert(place.ledger).second) {
      return absl::InvalidArgumentError("cursors names a ledger twice");
    }
    places.push_back(std::move(place));
  }
  return places;
}

absl::StatusOr<LedgerReader::Page> LedgerReader::Read(const Snapshot& snapshot,
                                                      const LedgerPlace& from, size_t entries_max,
                                                      size_t bytes_max) const {
  Page page;
  CBM_ASSIGN_OR_RETURN(page.head, snapshot.Head(from.ledger));
  CBM_ASSIGN_OR_RETURN(page.records,
                       snapshot.Records(from.ledger, from.ordinal, entries_max, bytes_max));
  page.next.set_ledger(from.ledger.text());
  page.next.set_epoch(context_.epoch);
  page.next.set_ordinal(from.ordinal + page.records.size());
  if (page.records.empty() && page.next.ordinal() < page.head.size) {
    return absl::DataLossError(fmt::format("{} lacks entry {}", from.ledger.text(), from.ordinal));
  }
  return page;
}

absl::StatusOr<v1::ListEntriesResponse> LedgerReader::ReadPage(const LedgerId& own,
                                                               const v1::Cursor& cursor,
                                                               size_t entries_max) const {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot, context_.store.Read(own));
  CBM_ASSIGN_OR_RETURN(const LedgerPlace from, FindPlace(*snapshot, cursor));
  CBM_ASSIGN_OR_RETURN(Page page, Read(*snapshot, from, entries_max, kPageBytesMax));
  v1::ListEntriesResponse response;
  CBM_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                       context_.checkpoints.Sign(from.ledger, page.head));
  *response.mutable_next() = std::move(page.next);
  AddRecords(std::move(page.records), response);
  return response;
}

absl::Status LedgerReader::CheckFollower(const Follower& follower) const {
  return context_.identity.IdentifyCredential(follower.credential).status();
}

absl::StatusOr<v1::FollowResponse> LedgerReader::ReadNext(const Follower& follower,
                                                          const LedgerPlace& from) const {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(follower.ledger));
  CBM_ASSIGN_OR_RETURN(Page page, Read(*snapshot, from, kFollowedEntriesMax, kFollowedBytesMax));
  v1::FollowResponse response;
  if (page.next.ordinal() == page.head.size) {
    CBM_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                         context_.checkpoints.Sign(from.ledger, page.head));
  }
  *response.mutable_cursor() = std::move(page.next);
  AddRecords(std::move(page.records), response);
  return response;
}

}  // namespace cbm
