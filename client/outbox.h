#ifndef CBM_CLIENT_OUTBOX_H_
#define CBM_CLIENT_OUTBOX_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act_service.pb.h"
#include "core/evidence/encoded.h"

namespace cbm {

// An act that was signed, with what is handed in beside it.
struct OutboxItem {
  std::string act_id;  // As text.
  v1::PerformActRequest request;
  EncodedAct act;
};

// Acts of which no receipt is held yet, in a folder: what was typed is not lost when the exchange
// is away, or this machine stops.
class Outbox {
 public:
  explicit Outbox(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Keeps an act, in the place of one with the same id.
  absl::Status Put(const v1::PerformActRequest& request) const;

  // The oldest first. Fails if the folder is there and cannot be read.
  absl::StatusOr<std::vector<OutboxItem>> List() const;

  // The one whose act id is or begins with `name`. NOT_FOUND if there is none; a usage error if
  // there are several.
  absl::StatusOr<OutboxItem> Find(std::string_view name) const;

  absl::Status Remove(std::string_view act_id) const;

  // Keeps a text that is no act yet, and returns where.
  absl::StatusOr<std::filesystem::path> KeepText(std::string_view name,
                                                 std::string_view text) const;

  // Where texts are kept that never became an act; the oldest first.
  absl::StatusOr<std::vector<std::filesystem::path>> ListTexts() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_OUTBOX_H_
