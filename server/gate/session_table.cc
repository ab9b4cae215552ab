#include "server/gate/session_table.h"

#include <cstdlib>
#include <utility>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kNameRandomBytes = 16;
constexpr std::string_view kNamePrefix = "cbm-";
constexpr uint64_t kLongFrameBytes = 4 * 1024;  // A frame has 16 KiB at most.

template <typename Number>
Number HalfOf(Number max) {
  return max / 2 + max % 2;
}

CallUse HalfOf(const CallUse& max) {
  return {.calls = HalfOf(max.calls),
          .request_frames = HalfOf(max.request_frames),
          .request_bytes = HalfOf(max.request_bytes)};
}

CallUse AQuarterMore(const CallUse& max) {
  return {.calls = max.calls + max.calls / 4,
          .request_frames = max.request_frames + max.request_frames / 4,
          .request_bytes = max.request_bytes + max.request_bytes / 4};
}

// Whether what a session sends is a few long requests, and no crumbs.
bool IsOfLongFrames(const CallUse& use) {
  return use.request_bytes >= uint64_t{use.request_frames} * kLongFrameBytes;
}

// What there is after a session that used `before` uses `after`.
CallUse Changed(CallUse all, const CallUse& before, const CallUse& after) {
  all -= before;
  return all += after;
}

}  // namespace

SessionTable::Place::Place(Place&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)),
      name_(std::move(other.name_)),
      owner_(std::move(other.owner_)),
      state_(std::move(other.state_)),
      certificate_(other.certificate_),
      use_(other.use_) {}

SessionTable::Place& SessionTable::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    Leave();
    table_ = std::exchange(other.table_, nullptr);
    name_ = std::move(other.name_);
    owner_ = std::move(other.owner_);
    state_ = std::move(other.state_);
    certificate_ = other.certificate_;
    use_ = other.use_;
  }
  return *this;
}

SessionTable::Place::~Place() { Leave(); }

void SessionTable::Place::Disown() {
  if (table_ != nullptr) {
    table_->Remove(name_);
  }
}

SessionTable::Room SessionTable::Place::SetUse(const CallUse& use, const UseLimits& max) {
  if (table_ == nullptr || use == use_) {
    return Room::kEnough;
  }
  const Room room = table_->ChangeUse(*this, use, max);
  if (room == Room::kEnough) {
    use_ = use;
  }
  return room;
}

void SessionTable::Place::Leave() {
  if (table_ != nullptr) {
    table_->Remove(name_);
    table_->GiveBack(*this);
    table_ = nullptr;
  }
}

absl::StatusOr<SessionTable::Place> SessionTable::Enter(SessionFacts facts, const PlaceLimits& max,
                                                        std::function<void()> end) {
  std::string owner = facts.owner;
  std::string state = facts.state;
  const Digest certificate = facts.certificate.fingerprint();
  std::string name = std::string(kNamePrefix) + ToHex(random_.Bytes(kNameRandomBytes));
  Session session{.facts = std::make_shared<const SessionFacts>(std::move(facts)),
                  .end = std::move(end)};
  {
    const MutexLock lock(mutex_);
    CBM_RETURN_IF_ERROR(CheckRoom(owner, state, certificate, max));
    if (!sessions_.emplace(name, std::move(session)).second) {
      std::abort();  // The source of random bytes repeats itself: one client could be another.
    }
    Holding& holding = holdings_[owner];
    ++holding.all.sessions;
    ++holding.of_certificate[certificate].sessions;
    ++states_[state].sessions;
  }
  return Place(this, std::move(name), std::move(owner), std::move(state), certificate);
}

absl::Status SessionTable::CheckRoom(const std::string& owner, const std::string& state,
                                     const Digest& certificate, const PlaceLimits& max) const {
  const auto held = holdings_.find(owner);
  if (held != holdings_.end()) {
    const auto& of_certificate = held->second.of_certificate;
    const auto found = of_certificate.find(certificate);
    const uint32_t own = found == of_certificate.end() ? 0 : found->second.sessions;
    if (own >= HalfOf(max.owner) || held->second.all.sessions >= max.owner) {
      return absl::ResourceExhaustedError(
          fmt::format("connections of one office: at most {} at a time, and half of them with one "
                      "certificate; close some of them, or see who else has its keys",
                      max.owner));
    }
  }
  const auto all = states_.find(state);
  if (all != states_.end() && all->second.sessions >= max.state) {
    return absl::ResourceExhaustedError(
        fmt::format("connections of all offices of one State: at most {} at a time; close some of "
                    "them, or see who else has their keys",
                    max.state));
  }
  return absl::OkStatus();
}

void SessionTable::GiveBack(const Place& place) {
  const MutexLock lock(mutex_);
  const auto held = holdings_.find(place.owner_);
  Holding& holding = held->second;
  const auto own = holding.of_certificate.find(place.certificate_);
  own->second.calls -= place.use_;
  holding.all.calls -= place.use_;
  if (--own->second.sessions == 0) {
    holding.of_certificate.erase(own);
  }
  if (--holding.all.sessions == 0) {
    holdings_.erase(held);
  }
  const auto state = states_.find(place.state_);
  state->second.calls -= place.use_;
  if (--state->second.sessions == 0) {
    states_.erase(state);
  }
}

SessionTable::Room SessionTable::ChangeUse(const Place& place, const CallUse& after,
                                           const UseLimits& max) {
  const MutexLock lock(mutex_);
  Holding& holding = holdings_.find(place.owner_)->second;
  CallUse& of_certificate = holding.of_certificate.find(place.certificate_)->second.calls;
  CallUse& of_state = states_.find(place.state_)->second.calls;
  const CallUse own = Changed(of_certificate, place.use_, after);
  const CallUse all = Changed(holding.all.calls, place.use_, after);
  const CallUse state = Changed(of_state, place.use_, after);
  const bool is_first = after.IsWithin(kFirstCall);
  const CallUse owner_max = is_first ? AQuarterMore(max.owner) : max.owner;
  const CallUse state_max = is_first ? AQuarterMore(max.state) : max.state;
  if (!after.IsWithin(place.use_)) {
    if (!own.IsWithin(HalfOf(owner_max))) {
      const bool is_honest = after.IsWithin(HalfOf(HalfOf(max.owner))) ||
                             (IsOfLongFrames(after) && own.calls <= HalfOf(owner_max.calls));
      return is_honest ? Room::kUsedUp : Room::kUsedUpByItself;
    }
    if (!all.IsWithin(owner_max) || !state.IsWithin(state_max)) {
      return Room::kUsedUp;
    }
  }
  of_certificate = own;
  holding.all.calls = all;
  of_state = state;
  return Room::kEnough;
}

void SessionTable::Remove(const std::string& name) {
  std::unordered_map<std::string, Session>::node_type removed;  // Destroyed without the lock.
  const MutexLock lock(mutex_);
  removed = sessions_.extract(name);
}

std::shared_ptr<const SessionFacts> SessionTable::Find(std::string_view name) const {
  const std::string key(name);
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(key);
  return found == sessions_.end() ? nullptr : found->second.facts;
}

size_t SessionTable::End(const Digest& certificate) {
  std::vector<std::function<void()>> ends;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, session] : sessions_) {
      if (session.facts->certificate.fingerprint() == certificate) {
        ends.push_back(session.end);
      }
    }
  }
  for (const std::function<void()>& end : ends) {
    end();
  }
  return ends.size();
}

size_t SessionTable::CountOf(std::string_view owner) const {
  const MutexLock lock(mutex_);
  const auto held = holdings_.find(owner);
  return held == holdings_.end() ? 0 : held->second.all.sessions;
}

std::vector<SessionFacts> SessionTable::List() const {
  std::vector<SessionFacts> list;
  const MutexLock lock(mutex_);
  list.reserve(sessions_.size());
  for (const auto& [name, session] : sessions_) {
    list.push_back(*session.facts);
  }
  return list;
}

}  // namespace cbm
