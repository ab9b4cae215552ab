#include "server/gate/session_table.h"

#include <cstdlib>
#include <utility>

#include "core/base/hex.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kNameRandomBytes = 16;
constexpr std::string_view kNamePrefix = "cbm-";

}  // namespace

SessionTable::Place::Place(Place&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)),
      name_(std::move(other.name_)),
      owner_(std::move(other.owner_)),
      calls_(other.calls_) {}

SessionTable::Place& SessionTable::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    Leave();
    table_ = std::exchange(other.table_, nullptr);
    name_ = std::move(other.name_);
    owner_ = std::move(other.owner_);
    calls_ = other.calls_;
  }
  return *this;
}

SessionTable::Place::~Place() { Leave(); }

void SessionTable::Place::Disown() {
  if (table_ != nullptr) {
    table_->Remove(name_);
  }
}

bool SessionTable::Place::SetCalls(uint32_t calls, uint32_t max) {
  if (table_ == nullptr || calls == calls_) {
    return true;
  }
  if (!table_->ChangeCalls(owner_, calls_, calls, max)) {
    return false;
  }
  calls_ = calls;
  return true;
}

void SessionTable::Place::Leave() {
  if (table_ != nullptr) {
    table_->Remove(name_);
    table_->GiveBack(owner_, calls_);
    table_ = nullptr;
  }
}

absl::StatusOr<SessionTable::Place> SessionTable::Enter(SessionFacts facts, uint32_t sessions_max,
                                                        std::function<void()> end) {
  std::string owner = facts.owner;
  std::string name = std::string(kNamePrefix) + ToHex(random_.Bytes(kNameRandomBytes));
  Session session{.facts = std::make_shared<const SessionFacts>(std::move(facts)),
                  .end = std::move(end)};
  {
    const MutexLock lock(mutex_);
    const auto held = holdings_.find(owner);
    if (held != holdings_.end() && held->second.sessions >= sessions_max) {
      return absl::ResourceExhaustedError(
          fmt::format("connections of one office: at most {} at a time", sessions_max));
    }
    if (!sessions_.emplace(name, std::move(session)).second) {
      std::abort();  // The source of random bytes repeats itself: one client could be another.
    }
    ++holdings_[owner].sessions;
  }
  return Place(this, std::move(name), std::move(owner));
}

void SessionTable::GiveBack(const std::string& owner, uint32_t calls) {
  const MutexLock lock(mutex_);
  const auto held = holdings_.find(owner);
  held->second.calls -= calls;
  if (--held->second.sessions == 0) {
    holdings_.erase(held);
  }
}

bool SessionTable::ChangeCalls(const std::string& owner, uint32_t before, uint32_t after,
                               uint32_t max) {
  const MutexLock lock(mutex_);
  uint32_t& calls = holdings_.find(owner)->second.calls;
  const uint32_t changed = calls - before + after;
  if (after > before && changed > max) {
    return false;
  }
  calls = changed;
  return true;
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
  return held == holdings_.end() ? 0 : held->second.sessions;
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
