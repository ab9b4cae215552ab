#ifndef CBM_SERVER_SERVICE_LEDGER_READER_H_
#define CBM_SERVER_SERVICE_LEDGER_READER_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/ledger.pb.h"
#include "cbm/v1/ledger_service.pb.h"
#include "core/log/tree_head.h"
#include "server/service/context.h"
#include "server/service/follow_hub.h"

namespace cbm {

// Reads ledgers for LedgerService: by page, and for streams.
//
// Thread-safe.
class LedgerReader final : public FollowSource {
 public:
  // The context must outlive it.
  explicit LedgerReader(const ServiceContext& context) : context_(context) {}

  // Where the cursor of a reader stands. NOT_FOUND if the ledger is not its to read or does not
  // exist. OUT_OF_RANGE if it lies beyond the ledger, or is of another epoch.
  absl::StatusOr<LedgerPlace> FindPlace(const Snapshot& snapshot, const v1::Cursor& cursor) const;

  // The places of a stream. INVALID_ARGUMENT unless they are 1 to 8, each ledger once.
  absl::StatusOr<std::vector<LedgerPlace>> FindPlaces(const LedgerId& own,
                                                      const v1::FollowRequest& request) const;

  // A page from a cursor on, with the checkpoint of the whole ledger.
  absl::StatusOr<v1::ListEntriesResponse> ReadPage(const LedgerId& own, const v1::Cursor& cursor,
                                                   size_t entries_max) const;

  absl::Status CheckFollower(const Follower& follower) const override;
  absl::StatusOr<v1::FollowResponse> ReadNext(const Follower& follower,
                                              const LedgerPlace& from) const override;

 private:
  struct Page {
    std::vector<v1::LedgerRecord> records;
    v1::Cursor next;
    TreeHead head;
  };

  absl::StatusOr<Page> Read(const Snapshot& snapshot, const LedgerPlace& from, size_t entries_max,
                            size_t bytes_max) const;

  const ServiceContext& context_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_LEDGER_READER_H_
