#include "server/gate/penalties.h"

#include <algorithm>

namespace cbm {

void Penalties::Add(const Digest& certificate, SteadyTime now) {
  const MutexLock lock(mutex_);
  if (records_.size() >= kPenaltiesMax) {
    std::erase_if(records_, [&](const auto& each) { return LeftOf(each.second, now) <= 0; });
  }
  const auto found = records_.find(certificate);
  if (found == records_.end() && records_.size() >= kPenaltiesMax) {
    return;
  }
  Record& record = records_[certificate];
  record.abuses = std::min(LeftOf(record, now) + 1, static_cast<double>(limits_.abuses_burst));
  record.at = std::max(record.at, now);
}

bool Penalties::MayCome(const Digest& certificate, SteadyTime now) const {
  const MutexLock lock(mutex_);
  const auto found = records_.find(certificate);
  return found == records_.end() ||
         LeftOf(found->second, now) <= static_cast<double>(limits_.abuses_burst) - 1;
}

// Time that runs backwards forgives nothing.
double Penalties::LeftOf(const Record& record, SteadyTime now) const {
  const std::chrono::duration<double> passed = std::max(now - record.at, SteadyTime::duration(0));
  const std::chrono::duration<double> each = limits_.forgiven_in;
  return std::max(0.0, record.abuses - passed / each);
}

}  // namespace cbm
