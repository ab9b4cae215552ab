#include "server/gate/admission.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status Full(std::string_view what, uint32_t max) {
  return absl::ResourceExhaustedError(fmt::format("{}: at most {} at a time", what, max));
}

}  // namespace

Admission::Place::Place(Place&& other) noexcept
    : admission_(std::exchange(other.admission_, nullptr)), id_(other.id_) {}

Admission::Place& Admission::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    Leave();
    admission_ = std::exchange(other.admission_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

bool Admission::Place::Settle() { return admission_ != nullptr && admission_->Settle(id_); }

void Admission::Place::Leave() {
  if (admission_ != nullptr) {
    std::exchange(admission_, nullptr)->Leave(id_);
  }
}

absl::StatusOr<Admission::Place> Admission::Admit(const std::string& source, SteadyTime now,
                                                  std::function<void()> give_up) {
  std::function<void()> oldest;
  uint64_t id = 0;
  {
    const MutexLock lock(mutex_);
    const auto found = sources_.find(source);
    const Count count = found == sources_.end() ? Count() : found->second;
    const absl::Status of_source = CheckSource(count);
    const absl::Status full = of_source.ok() ? CheckAll() : of_source;
    if (!full.ok()) {
      const SteadyTime spared = now - limits_.handshake_spared;
      const std::string* const busier = of_source.ok() ? BusierThan(count) : nullptr;
      oldest = busier != nullptr ? TakeOldest(busier, now)
                                 : TakeOldest(of_source.ok() ? nullptr : &source, spared);
      if (oldest == nullptr) {
        return full;
      }
    }
    id = next_id_++;
    guests_.emplace(id, Guest{.source = source, .since = now, .give_up = std::move(give_up)});
    Count& counted = sources_[source];
    ++counted.sessions;
    ++counted.handshakes;
    ++handshakes_;
  }
  if (oldest != nullptr) {
    oldest();
  }
  return Place(this, id);
}

absl::Status Admission::CheckSource(const Count& count) const {
  if (count.sessions >= limits_.sessions_per_source_max) {
    return Full("connections from one address", limits_.sessions_per_source_max);
  }
  return count.handshakes >= limits_.handshakes_per_source_max
             ? Full("handshakes from one address", limits_.handshakes_per_source_max)
             : absl::OkStatus();
}

absl::Status Admission::CheckAll() const {
  if (guests_.size() >= limits_.sessions_max) {
    return Full("connections", limits_.sessions_max);
  }
  return handshakes_ >= limits_.handshakes_max ? Full("handshakes", limits_.handshakes_max)
                                               : absl::OkStatus();
}

const std::string* Admission::BusierThan(const Count& count) const {
  const auto busiest = std::max_element(
      sources_.begin(), sources_.end(),
      [](const auto& a, const auto& b) { return a.second.handshakes < b.second.handshakes; });
  return busiest != sources_.end() && busiest->second.handshakes > count.handshakes + 1
             ? &busiest->first
             : nullptr;
}

std::function<void()> Admission::TakeOldest(const std::string* source, SteadyTime before) {
  for (auto guest = guests_.begin(); guest != guests_.end(); ++guest) {
    if (!guest->second.at_handshake || (source != nullptr && guest->second.source != *source)) {
      continue;
    }
    if (guest->second.since > before) {
      return nullptr;  // The others are younger still.
    }
    std::function<void()> give_up = std::move(guest->second.give_up);
    Forget(guest);
    return give_up;
  }
  return nullptr;
}

bool Admission::Settle(uint64_t id) {
  const MutexLock lock(mutex_);
  const auto guest = guests_.find(id);
  if (guest == guests_.end()) {
    return false;
  }
  if (guest->second.at_handshake) {
    guest->second.at_handshake = false;
    --handshakes_;
    --sources_[guest->second.source].handshakes;
  }
  return true;
}

void Admission::Leave(uint64_t id) {
  const MutexLock lock(mutex_);
  if (const auto guest = guests_.find(id); guest != guests_.end()) {
    Forget(guest);
  }
}

void Admission::Forget(std::map<uint64_t, Guest>::iterator guest) {
  const auto counted = sources_.find(guest->second.source);
  if (guest->second.at_handshake) {
    --handshakes_;
    --counted->second.handshakes;
  }
  if (--counted->second.sessions == 0) {
    sources_.erase(counted);
  }
  guests_.erase(guest);
}

uint32_t Admission::sessions() const {
  const MutexLock lock(mutex_);
  return static_cast<uint32_t>(guests_.size());
}

}  // namespace cbm
