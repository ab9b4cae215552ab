#include "server/gate/session_table.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/base/hex.h"

namespace cbm {
namespace {

constexpr size_t kNameRandomBytes = 16;
constexpr std::string_view kNamePrefix = "cbm-";

}  // namespace

SessionTable::Place::Place(Place&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), name_(std::move(other.name_)) {}

SessionTable::Place& SessionTable::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    Leave();
    table_ = std::exchange(other.table_, nullptr);
    name_ = std::move(other.name_);
  }
  return *this;
}

SessionTable::Place::~Place() { Leave(); }

void SessionTable::Place::Leave() {
  if (table_ != nullptr) {
    table_->Remove(name_);
    table_ = nullptr;
  }
}

SessionTable::Place SessionTable::Enter(SessionFacts facts, std::function<void()> end) {
  std::string name = std::string(kNamePrefix) + ToHex(random_.Bytes(kNameRandomBytes));
  Session session{.facts = std::make_shared<const SessionFacts>(std::move(facts)),
                  .end = std::move(end)};
  {
    const MutexLock lock(mutex_);
    if (!sessions_.emplace(name, std::move(session)).second) {
      std::abort();  // The source of random bytes repeats itself: one client could be another.
    }
  }
  return {this, std::move(name)};
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

size_t SessionTable::CountOf(const Digest& certificate) const {
  const MutexLock lock(mutex_);
  const auto count = std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& named) {
    return named.second.facts->certificate.fingerprint() == certificate;
  });
  return static_cast<size_t>(count);
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
