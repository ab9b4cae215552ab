#include "server/service/untaken_answers.h"

#include "fmt/format.h"

namespace cbm {
namespace {

std::string OfficeOf(const RatePayer& payer) {
  return fmt::format("{}/{}", payer.party, payer.office);
}

}  // namespace

absl::Status UntakenAnswers::CheckRoom(const RatePayer& payer) {
  const MutexLock lock(mutex_);
  if (BytesOf(payer.party) < state_max_ && BytesOf(OfficeOf(payer)) < state_max_ / 2) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      fmt::format("too many answers wait until your office or another of your State takes them: "
                  "at most {} bytes may, half of them one office's; read those first, then ask "
                  "again",
                  state_max_));
}

void UntakenAnswers::Add(const RatePayer& payer, size_t bytes) {
  const MutexLock lock(mutex_);
  if (bytes > 0) {
    bytes_[std::string(payer.party)] += bytes;
    bytes_[OfficeOf(payer)] += bytes;
  }
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
