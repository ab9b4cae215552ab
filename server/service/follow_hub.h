#ifndef CBM_SERVER_SERVICE_FOLLOW_HUB_H_
#define CBM_SERVER_SERVICE_FOLLOW_HUB_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/ledger_service.pb.h"
#include "core/base/clock.h"
#include "core/base/ledger_id.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "server/store/store.h"

namespace cbm {

// Where a reader stands in a ledger: at the ordinal of the next entry wanted.
struct LedgerPlace {
  LedgerId ledger;
  uint64_t ordinal = 0;
};

// Who follows: the credential of the connection, its party and office, and the ledger that its
// reading takes.
struct Follower {
  Digest credential;
  std::string party;
  std::string office;  // Of which party too: "EE/duty".
  LedgerId ledger;
};

// What streams are filled from. Thread-safe.
class FollowSource {
 public:
  virtual ~FollowSource() = default;

  // Whether the follower may go on. UNAUTHENTICATED if its credential is not active any more.
  virtual absl::Status CheckFollower(const Follower& follower) const = 0;

  // The answer that comes next: at most 100 records and about 128 KiB; with the checkpoint if it
  // reaches the ledger's head.
  virtual absl::StatusOr<v1::FollowResponse> ReadNext(const Follower& follower,
                                                      const LedgerPlace& from) const = 0;
};

// Where a stream's answers go to.
class FollowSink {
 public:
  virtual ~FollowSink() = default;

  // Sends an answer, which is lent until the hub is told of the outcome by Written. Never called
  // again before that.
  virtual void Send(const v1::FollowResponse& answer) = 0;

  // The last call of all. After it the sink says Remove to the hub, once nothing is under way.
  virtual void End(const absl::Status& status) = 0;
};

struct FollowLimits {
  size_t streams_per_office_max = 4;
  size_t streams_per_state_max = 32;
  size_t streams_max = 1'024;

  // A reader that has not taken an answer after this is cut.
  absl::Duration write_time_max = absl::Seconds(30);
};

// Keeps all streams that follow ledgers. A stream waits for its own ledgers alone, so that one
// State's traffic wakes nobody else; it has one answer under way at most, so that a slow reader
// costs one answer; and before each answer its credential is checked again.
//
// All reading and sending is done by one thread, stream after stream, an answer at a time: a reader
// that has years to catch up with does not hold up the others, nor the sequencer. What all follow
// is read once for all who stand at the same place.
//
// Thread-safe. No call waits for a sink or the source.
class FollowHub {
 public:
  // Source and clock must outlive it.
  FollowHub(const FollowSource& source, Clock& clock, FollowLimits limits);

  // Ends its thread. Before that, Shutdown must have been called, and every sink removed.
  ~FollowHub();

  // Starts the thread, once. Without it nothing happens but by ServeOne.
  void Start();

  // Takes a stream up. `places` are the follower's to read.
  //
  // RESOURCE_EXHAUSTED if the office, its party, or the exchange has as many streams as it may; a
  // stream counts until it is removed. UNAVAILABLE after Shutdown. The sink then hears nothing.
  absl::Status Add(Follower follower, std::vector<LedgerPlace> places, FollowSink& sink);

  // The answer that `sink` was given has gone, or could not be sent: then the stream ends.
  void Written(FollowSink& sink, bool sent);

  // The reader has gone: the stream ends with CANCELLED.
  void Cancel(FollowSink& sink);

  // The sink was told to end, and will not be called again. Also for one that was never taken up.
  void Remove(FollowSink& sink);

  // These ledgers have grown. Called by the sequencer after each commit.
  void Notify(const LedgerHeads& heads);

  // To be called about twice a second: cuts readers that are too slow (RESOURCE_EXHAUSTED), and has
  // every credential checked again.
  void Tick();

  // Ends all streams, and refuses new ones, with UNAVAILABLE.
  void Shutdown();

  // Serves the stream that has waited longest; false if none has anything to do. For the thread,
  // and for tests.
  bool ServeOne();

 private:
  struct Place {
    LedgerPlace at;
    bool due = true;         // Whether there may be something to read.
    bool announced = false;  // Whether the reader was told anything of this ledger.
  };
  struct Stream {
    explicit Stream(Follower who) : follower(std::move(who)) {}

    Follower follower;
    std::vector<Place> places;
    size_t next_place = 0;                        // Its ledgers take turns.
    bool queued = false;                          // Waits in ready_.
    bool ended = false;                           // End was called, or is about to be.
    absl::Status end;                             // Why it must end; OK while it need not.
    absl::Time sent_at = absl::InfiniteFuture();  // When the answer under way was sent.
    // The last answer; under way until Written. It may be another stream's too.
    std::shared_ptr<const v1::FollowResponse> answer;

    bool writing() const { return sent_at != absl::InfiniteFuture(); }
  };

  void Run();
  // What a stream that was taken from the queue has to do.
  void Serve(FollowSink& sink);
  // Reads and sends the next answer, if one is due and none is under way.
  absl::Status Feed(FollowSink& sink, const Follower& follower);
  void EndWith(FollowSink& sink, const absl::Status& status);
  // The index of the place to read next, marked as read; none if nothing is due.
  static std::optional<size_t> TakeDuePlace(Stream& stream);
  // Keeps what was read, and says whether there is an answer to send.
  static bool KeepAnswer(Stream& stream, Place& place,
                         std::shared_ptr<const v1::FollowResponse> answer);

  // The answer from a place on: the one that was read last, if it is that and still true.
  std::shared_ptr<const v1::FollowResponse> FindRead(const LedgerPlace& from)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  size_t CountOf(const std::string& owner) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetOneOf(const std::string& owner) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Stream* Find(FollowSink& sink) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(FollowSink& sink, Stream& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndLater(FollowSink& sink, Stream& stream, absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FollowSource& source_;
  Clock& clock_;
  const FollowLimits limits_;

  Mutex mutex_;
  Condition changed_;
  std::map<FollowSink*, Stream> streams_ ABSL_GUARDED_BY(mutex_);
  std::map<LedgerId, std::set<FollowSink*>> followers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, size_t> streams_of_ ABSL_GUARDED_BY(mutex_);  // By "party", "party/office".
  // The answer that was read last, from where. None once its ledger has grown.
  std::optional<LedgerPlace> read_from_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::FollowResponse> read_ ABSL_GUARDED_BY(mutex_);
  uint64_t notices_ ABSL_GUARDED_BY(mutex_) = 0;           // How often something has grown.
  std::deque<FollowSink*> ready_ ABSL_GUARDED_BY(mutex_);  // Each once, none that has ended.
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_FOLLOW_HUB_H_
