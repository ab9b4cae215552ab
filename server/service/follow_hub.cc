#include "server/service/follow_hub.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/service/guard.h"

namespace cbm {

FollowHub::FollowHub(const FollowSource& source, Clock& clock, FollowLimits limits)
    : source_(source), clock_(clock), limits_(limits) {}

FollowHub::~FollowHub() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void FollowHub::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FollowHub::Run() {
  while (true) {
    {
      const MutexLock lock(mutex_);
      while (ready_.empty() && !stopping_) {
        changed_.Wait(mutex_);
      }
      if (stopping_) {
        return;
      }
    }
    ServeOne();
  }
}

absl::Status FollowHub::Add(Follower follower, std::vector<LedgerPlace> places, FollowSink& sink) {
  const MutexLock lock(mutex_);
  if (shut_down_) {
    return absl::UnavailableError("the exchange is going down: come again");
  }
  if (streams_.size() >= limits_.streams_max) {
    return absl::ResourceExhaustedError("the exchange has as many streams as it may");
  }
  const auto full = [](std::string_view owner, size_t most) {
    return absl::ResourceExhaustedError(
        fmt::format("your {} has as many streams as it may: {}; end one first", owner, most));
  };
  if (CountOf(follower.office) >= limits_.streams_per_office_max) {
    return full("office", limits_.streams_per_office_max);
  }
  if (CountOf(follower.party) >= limits_.streams_per_state_max) {
    return full("party", limits_.streams_per_state_max);
  }
  ++streams_of_[follower.office];
  ++streams_of_[follower.party];
  Stream& stream = streams_.emplace(&sink, Stream(std::move(follower))).first->second;
  for (LedgerPlace& place : places) {
    followers_[place.ledger].insert(&sink);
    stream.places.push_back({.at = std::move(place)});
  }
  Enqueue(sink, stream);
  return absl::OkStatus();
}

void FollowHub::Written(FollowSink& sink, bool sent) {
  const MutexLock lock(mutex_);
  Stream* const stream = Find(sink);
  if (stream == nullptr) {
    return;
  }
  stream->sent_at = absl::InfiniteFuture();
  if (sent) {
    Enqueue(sink, *stream);
  } else {
    EndLater(sink, *stream, absl::CancelledError("the reader has gone"));
  }
}

void FollowHub::Cancel(FollowSink& sink) {
  const MutexLock lock(mutex_);
  if (Stream* const stream = Find(sink); stream != nullptr) {
    EndLater(sink, *stream, absl::CancelledError("the reader has gone"));
  }
}

void FollowHub::Remove(FollowSink& sink) {
  const MutexLock lock(mutex_);
  Stream* const stream = Find(sink);
  if (stream == nullptr) {
    return;
  }
  for (const Place& place : stream->places) {
    const auto followers = followers_.find(place.at.ledger);
    followers->second.erase(&sink);
    if (followers->second.empty()) {
      followers_.erase(followers);
    }
  }
  ForgetOneOf(stream->follower.office);
  ForgetOneOf(stream->follower.party);
  std::erase(ready_, &sink);
  streams_.erase(&sink);
}

void FollowHub::Notify(const LedgerHeads& heads) {
  const MutexLock lock(mutex_);
  ++notices_;
  for (const auto& [ledger, head] : heads) {
    if (read_from_.has_value() && read_from_->ledger == ledger) {
      read_from_.reset();
      read_ = nullptr;
    }
    const auto followers = followers_.find(ledger);
    if (followers == followers_.end()) {
      continue;
    }
    for (FollowSink* const sink : followers->second) {
      Stream& stream = streams_.at(sink);
      for (Place& place : stream.places) {
        place.due = place.due || place.at.ledger == ledger;
      }
      if (!stream.writing()) {
        Enqueue(*sink, stream);
      }
    }
  }
}

void FollowHub::Tick() {
  const absl::Time now = clock_.Now();
  const MutexLock lock(mutex_);
  for (auto& [sink, stream] : streams_) {
    if (stream.writing() && now - stream.sent_at > limits_.write_time_max) {
      EndLater(*sink, stream,
               absl::ResourceExhaustedError(
                   fmt::format("an answer was not taken within {}: follow again from where you "
                               "stand, and read faster",
                               absl::FormatDuration(limits_.write_time_max))));
    } else {
      Enqueue(*sink, stream);
    }
  }
}

void FollowHub::Shutdown() {
  const MutexLock lock(mutex_);
  shut_down_ = true;
  for (auto& [sink, stream] : streams_) {
    EndLater(*sink, stream, absl::UnavailableError("the exchange is going down: come again"));
  }
}

bool FollowHub::ServeOne() {
  FollowSink* sink = nullptr;
  {
    const MutexLock lock(mutex_);
    if (ready_.empty()) {
      return false;
    }
    sink = ready_.front();
    ready_.pop_front();
    streams_.at(sink).queued = false;
  }
  Serve(*sink);
  return true;
}

// A stream is removed only after its End, and only this thread calls End: so it stays for as long
// as this takes, though the lock is given up for reading and sending.
void FollowHub::Serve(FollowSink& sink) {
  const Follower* follower = nullptr;  // Never changed once the stream was taken up.
  absl::Status end;
  {
    const MutexLock lock(mutex_);
    const Stream& stream = *Find(sink);
    follower = &stream.follower;
    end = stream.end;
  }
  if (end.ok()) {
    end = Guard([&]() -> absl::Status {
      CBM_RETURN_IF_ERROR(source_.CheckFollower(*follower));
      return Feed(sink, *follower);
    });
  }
  if (!end.ok()) {
    EndWith(sink, end);
  }
}

absl::Status FollowHub::Feed(FollowSink& sink, const Follower& follower) {
  std::optional<size_t> due;
  std::optional<LedgerPlace> from;
  std::shared_ptr<const v1::FollowResponse> answer;
  uint64_t notices = 0;
  {
    const MutexLock lock(mutex_);
    Stream& stream = *Find(sink);
    if (!stream.writing()) {
      due = TakeDuePlace(stream);
    }
    if (!due.has_value()) {
      return absl::OkStatus();
    }
    from = stream.places[*due].at;
    answer = FindRead(*from);
    notices = notices_;
  }
  if (answer == nullptr) {
    CBM_ASSIGN_OR_RETURN(v1::FollowResponse read, source_.ReadNext(follower, *from));
    answer = std::make_shared<const v1::FollowResponse>(std::move(read));
  }
  const v1::FollowResponse* to_send = nullptr;
  {
    const absl::Time now = clock_.Now();
    const MutexLock lock(mutex_);
    if (notices == notices_) {
      read_from_ = from;
      read_ = answer;
    }
    Stream& stream = *Find(sink);
    if (KeepAnswer(stream, stream.places[*due], std::move(answer))) {
      stream.sent_at = now;
      to_send = stream.answer.get();
    } else {
      Enqueue(sink, stream);  // Another of its ledgers may be due.
    }
  }
  if (to_send != nullptr) {
    sink.Send(*to_send);
  }
  return absl::OkStatus();
}

void FollowHub::EndWith(FollowSink& sink, const absl::Status& status) {
  {
    const MutexLock lock(mutex_);
    Find(sink)->ended = true;
    if (Find(sink)->queued) {
      std::erase(ready_, &sink);
    }
  }
  sink.End(status);
}

std::optional<size_t> FollowHub::TakeDuePlace(Stream& stream) {
  for (size_t tried = 0; tried < stream.places.size(); ++tried) {
    const size_t index = stream.next_place;
    stream.next_place = (index + 1) % stream.places.size();
    if (stream.places[index].due) {
      stream.places[index].due = false;  // Until it grows again, which may be while it is read.
      return index;
    }
  }
  return std::nullopt;
}

bool FollowHub::KeepAnswer(Stream& stream, Place& place,
                           std::shared_ptr<const v1::FollowResponse> answer) {
  const bool at_head = !answer->checkpoint().empty();
  place.due = place.due || !at_head;
  if (answer->records().empty() && place.announced) {
    return false;
  }
  place.announced = true;
  place.at.ordinal = answer->cursor().ordinal();
  stream.answer = std::move(answer);
  return true;
}

std::shared_ptr<const v1::FollowResponse> FollowHub::FindRead(const LedgerPlace& from) {
  const bool same = read_from_.has_value() && read_from_->ledger == from.ledger &&
                    read_from_->ordinal == from.ordinal;
  return same ? read_ : nullptr;
}

size_t FollowHub::CountOf(const std::string& owner) const {
  const auto found = streams_of_.find(owner);
  return found == streams_of_.end() ? 0 : found->second;
}

void FollowHub::ForgetOneOf(const std::string& owner) {
  const auto found = streams_of_.find(owner);
  if (--found->second == 0) {
    streams_of_.erase(found);
  }
}

FollowHub::Stream* FollowHub::Find(FollowSink& sink) {
  const auto found = streams_.find(&sink);
  return found == streams_.end() ? nullptr : &found->second;
}

void FollowHub::Enqueue(FollowSink& sink, Stream& stream) {
  if (!stream.queued && !stream.ended) {
    stream.queued = true;
    ready_.push_back(&sink);
    changed_.NotifyOne();
  }
}

void FollowHub::EndLater(FollowSink& sink, Stream& stream, absl::Status status) {
  if (stream.end.ok()) {
    stream.end = std::move(status);
  }
  Enqueue(sink, stream);
}

}  // namespace cbm
