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

absl::StatusOr<Admission::Place> Admission::Admit(const Source& source, SteadyTime now,
                                                  std::function<void()> give_up) {
  std::function<void()> end_another;
  uint64_t id = 0;
  {
    const MutexLock lock(mutex_);
    const Newcomer newcomer{.source = source,
                            .of_source = CountOf(sources_, source.name),
                            .of_network = CountOf(networks_, source.network)};
    const absl::Status of_source = CheckSource(newcomer.of_source);
    const absl::Status full = of_source.ok() ? CheckAll() : of_source;
    if (!full.ok()) {
      auto another = of_source.ok() ? FindBusiest(newcomer) : guests_.end();
      if (another == guests_.end()) {
        another = FindOldest(newcomer, !of_source.ok(), now);
      }
      if (another == guests_.end()) {
        return full;
      }
      end_another = std::move(another->second.give_up);
      Forget(another);
    }
    id = next_id_++;
    Guest guest{.source = sources_.try_emplace(source.name).first,
                .network = networks_.try_emplace(source.network).first,
                .since = now,
                .give_up = std::move(give_up)};
    for (Count* const count : {&guest.source->second, &guest.network->second}) {
      ++count->sessions;
      ++count->handshakes;
    }
    guests_.emplace(id, std::move(guest));
    ++handshakes_;
  }
  if (end_another != nullptr) {
    end_another();
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

Admission::Count Admission::CountOf(const Counts& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? Count() : found->second;
}

bool Admission::HasMore(const Guest& guest, const Newcomer& newcomer, uint32_t more) {
  return guest.network->first == newcomer.source.network
             ? guest.source->second.handshakes >= newcomer.of_source.handshakes + more
             : guest.network->second.handshakes >= newcomer.of_network.handshakes + more;
}

Admission::Guests::iterator Admission::FindBusiest(const Newcomer& newcomer) {
  const auto load = [](const Guest& guest) {
    return std::pair(guest.network->second.handshakes, guest.source->second.handshakes);
  };
  auto busiest = guests_.end();
  for (auto each = guests_.begin(); each != guests_.end(); ++each) {
    if (each->second.at_handshake && HasMore(each->second, newcomer, 2) &&
        (busiest == guests_.end() || load(each->second) > load(busiest->second))) {
      busiest = each;
    }
  }
  return busiest;
}

Admission::Guests::iterator Admission::FindOldest(const Newcomer& newcomer, bool is_source_full,
                                                  SteadyTime now) {
  const auto oldest = std::find_if(guests_.begin(), guests_.end(), [&](const auto& each) {
    const Guest& guest = each.second;
    return guest.at_handshake && guest.since <= now - limits_.handshake_spared &&
           (is_source_full ? guest.source->first == newcomer.source.name
                           : HasMore(guest, newcomer, 0));
  });
  if (oldest != guests_.end() || is_source_full) {
    return oldest;
  }
  return std::find_if(guests_.begin(), guests_.end(), [&](const auto& each) {
    return each.second.at_handshake && each.second.since <= now - limits_.handshake_overdue;
  });
}

bool Admission::Settle(uint64_t id) {
  const MutexLock lock(mutex_);
  const auto guest = guests_.find(id);
  if (guest == guests_.end()) {
    return false;
  }
  EndHandshake(guest->second);
  return true;
}

void Admission::Leave(uint64_t id) {
  const MutexLock lock(mutex_);
  if (const auto guest = guests_.find(id); guest != guests_.end()) {
    Forget(guest);
  }
}

void Admission::EndHandshake(Guest& guest) {
  if (std::exchange(guest.at_handshake, false)) {
    --handshakes_;
    --guest.source->second.handshakes;
    --guest.network->second.handshakes;
  }
}

void Admission::Forget(Guests::iterator guest) {
  EndHandshake(guest->second);
  if (--guest->second.source->second.sessions == 0) {
    sources_.erase(guest->second.source);
  }
  if (--guest->second.network->second.sessions == 0) {
    networks_.erase(guest->second.network);
  }
  guests_.erase(guest);
}

uint32_t Admission::sessions() const {
  const MutexLock lock(mutex_);
  return static_cast<uint32_t>(guests_.size());
}

}  // namespace cbm
