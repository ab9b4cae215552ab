#include "server/service/untaken_answers.h"

#include "fmt/format.h"

namespace cbm {
namespace {

std::string OfficeOf(const RatePayer& payer) {
  return fmt::format("{}/{}", payer.party, payer.office);
}

}  // namespace

absl::Status UntakenAnswers::Take(const RatePayer& payer, size_t bytes) {
  const std::string office = OfficeOf(payer);
  const MutexLock lock(mutex_);
  const size_t of_state = BytesOf(payer.party);
  const size_t of_office = BytesOf(office);
  if ((of_state > 0 && of_state + bytes > state_max_) ||
      (of_office > 0 && of_office + bytes > state_max_ / 2)) {
    return absl::ResourceExhaustedError(
        fmt::format("too many answers wait until your office or another of your State takes them: "
                    "at most {} bytes may, half of them one office's; read those first, then ask "
                    "again",
                    state_max_));
  }
  bytes_[std::string(payer.party)] = of_state + bytes;
  bytes_[office] = of_office + bytes;
  return absl::OkStatus();
}

size_t UntakenAnswers::BytesOf(std::string_view who) const {
  const auto found = bytes_.find(who);
  return found == bytes_.end() ? 0 : found->second;
}

void UntakenAnswers::GiveBack(const RatePayer& payer, size_t bytes) {
  const MutexLock lock(mutex_);
  for (const std::string& who : {std::string(payer.party), OfficeOf(payer)}) {
    const auto found = bytes_.find(who);
    if (found != bytes_.end() && (found->second -= bytes) == 0) {
      bytes_.erase(found);
    }
  }
}

}  // namespace cbm
