#ifndef CBM_SERVER_SEQUENCER_SEQUENCER_H_
#define CBM_SERVER_SEQUENCER_SEQUENCER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/common.pb.h"
#include "cbm/v1/directory.pb.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/random.h"
#include "core/evidence/encoded.h"
#include "core/rules/decision.h"
#include "server/sequencer/fair_queue.h"
#include "server/store/store.h"

namespace cbm {

// An act as it is handed to the sequencer: its limits and its signature were checked.
struct HandedIn {
  EncodedAct act;
  std::vector<v1::AddresseeOpening> openings;
  std::vector<NamedContent> contents;

  // The ledger of the caller, and the credentials that carried and signed. Both are read again when
  // the act is decided, and must be active then.
  LedgerId ledger;
  std::string party;  // Of the caller, and its office: whose turn it takes.
  std::string office;
  Digest carrying_credential;

  // Of the certificate that it registers, if it does; its possession was proved.
  std::optional<rules::Validity> registers;
};

// What became of an act that was taken: its own entry, in a tree that is durable.
struct Taken {
  LedgerId ledger;
  EncodedEntry entry;
  TreeHead head;
  std::vector<Digest> inclusion_proof;
};

using Answer = std::function<void(absl::StatusOr<Taken>)>;

struct SequencerOptions {
  // Acts that wait; one party may have a quarter of them, or 64 if that is more.
  size_t queue_acts_max = 4096;
  // Who has so many bytes of acts and contents waiting may hand in no more; the third of three of
  // the longest acts may still come. Because: a client that cancels its call has given nothing
  // back.
  size_t bytes_of_party_max = size_t{3} << 20;
  // EMERGENCY acts that wait besides, before all others; and of one party.
  size_t emergency_acts_max = 256;
  size_t emergency_acts_of_party_max = 16;
  // Written and committed together: so many acts, and no more once they have so many bytes.
  // Because: whoever waits, waits for one batch besides his own.
  size_t batch_acts_max = 128;
  size_t batch_bytes_max = size_t{512} << 10;
  rules::Limits limits = {};

  // Called with the ledgers that have grown, after the answers were given. Not called if none has.
  std::function<void(const LedgerHeads&)> on_commit = [](const LedgerHeads&) {};

  // Called for each act that is refused because the clock stands behind the last entry, with how
  // far.
  std::function<void(absl::Duration)> on_clock_behind = [](absl::Duration) {};

  // Called once, with what happened, when it cannot be told what is on disk: the process must end.
  // Nothing is written from then on.
  std::function<void(const absl::Status&)> on_disk_failure = [](const absl::Status&) {};
};

// What a sequencer has to do, and with what it is busy.
struct SequencerWork {
  uint64_t waiting = 0;   // Acts that were handed in and are not answered.
  uint64_t answered = 0;  // Since it began.
  // Where acts are, if any wait: "decide" (reading and writing the store), "commit" (the disk) or
  // "answer" (the key of the log, the file of last signed checkpoints).
  const char* step = "";
};

// The one writer: takes acts, those of an EMERGENCY first, of each party in turn and of its offices
// in turn, decides each against the ledgers as they then are, writes all entries of an act or none,
// commits what waited together once, and answers when it is durable.
//
// Thread-safe. Answers are called in the order of taking, one after another, on its own two
// threads: where more acts wait, the second answers while the first goes on writing. They must be
// short, and must not stop it. Only what comes too late is answered on the thread that hands it in.
class Sequencer {
 public:
  // All must outlive it.
  Sequencer(Store& store, Clock& clock, Random& random, SequencerOptions options);

  // Stops as Stop does.
  ~Sequencer();

  // Hands an act in. `answer` is called exactly once: with the act's place and proof, with the
  // rules' refusal, or with UNAUTHENTICATED: a credential is not active any more. INVALID_ARGUMENT:
  // the act says to be of another office than its signer's, or the certificate that it registers is
  // registered already. ALREADY_EXISTS: other bytes have this act id. A refusal costs only its act.
  //
  // UNAVAILABLE: the exchange is going down, its clock is more than a second behind its last entry,
  // or its store cannot write now. UNKNOWN: it cannot be told whether it was kept; the same act
  // again tells. DATA_LOSS: what this act needs cannot be read, or the disk failed, of which
  // on_disk_failure tells; the first costs only its act.
  //
  // RESOURCE_EXHAUSTED if the queue is full, or the party has as much in it as it may: then
  // `answer` is never called.
  absl::Status HandIn(HandedIn act, Answer answer);

  // Answers everything that was handed in, then stops. Later acts are refused with UNAVAILABLE.
  void Stop();

  // At about this time; it waits for nothing.
  SequencerWork work() const;

 private:
  struct Waiting {
    HandedIn act;
    Answer answer;
    size_t bytes;  // Of the act and its contents.
  };
  struct Decided {
    Answer answer;
    absl::StatusOr<Taken> outcome;
  };

  // What an act becomes: entries to be appended, the author's own last; none if it was taken
  // before.
  struct Made {
    Taken taken;
    std::vector<EncodedEntry> entries;
  };

  // What was committed and is to be answered.
  struct Committed {
    std::vector<Decided> decided;
    LedgerHeads heads;
  };

  // Puts an act where it waits; why there is no room, if there is none.
  absl::Status Enqueue(Waiting one) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool QueueIsEmpty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AnswerAll(const std::deque<Waiting>& waiting, const absl::Status& answer);

  void Run();
  std::deque<Waiting> TakeWaiting();
  void Process(const std::deque<Waiting>& waiting);
  // Answers what was committed before; then this, or leaves it to the second thread if acts wait.
  void AnswerOrHandOver(Committed committed);
  void AnswerCommitted(Committed committed);
  // Returns once the second thread has nothing to answer.
  void AwaitAnswers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunAnswers();
  void EndAnswers();  // Once what was committed is answered.
  void AnswerFailure(const std::deque<Waiting>& waiting, const absl::Status& failure);
  bool HasFailed();

  // Acts of a batch, by their place in it, that need what cannot be read, and why. They are refused
  // alone: before a commit nothing is on disk, so that the others are taken without them.
  using Unreadable = std::map<size_t, absl::Status>;

  // Takes or refuses all, and commits. If it fails, nothing of them is kept; and once more than
  // before are unreadable, it may be called again.
  absl::StatusOr<LedgerHeads> TakeActs(const std::deque<Waiting>& waiting, Unreadable& unreadable,
                                       std::vector<Decided>& decided);
  // Takes or refuses one act. An error is of the batch, of which nothing may be kept then.
  absl::Status TakeAct(Batch& batch, const Waiting& one, std::vector<Decided>& decided);
  absl::StatusOr<Made> MakeEntries(Batch& batch, const HandedIn& act);
  absl::StatusOr<std::optional<Taken>> FindRetry(const Batch& batch, const HandedIn& act,
                                                 const v1::CredentialRecord& signer) const;
  absl::StatusOr<absl::Time> NextTime(const Batch& batch);
  bool waited_in_vain_ = false;  // For the clock, in this batch: the others need not.
  absl::Status Prove(Batch& batch, absl::StatusOr<Taken>& outcome);

  Store& store_;
  Clock& clock_;
  Random& random_;
  const SequencerOptions options_;

  Mutex mutex_;
  Condition changed_;
  FairQueue<Waiting> emergencies_ ABSL_GUARDED_BY(mutex_);
  FairQueue<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;

  // What the second thread has to answer, or is answering.
  std::optional<Committed> to_answer_ ABSL_GUARDED_BY(mutex_);
  bool answering_ ABSL_GUARDED_BY(mutex_) = false;
  bool all_committed_ ABSL_GUARDED_BY(mutex_) = false;  // Nothing more will come.
  Condition answers_changed_;

  std::atomic<uint64_t> handed_in_ = 0;
  std::atomic<uint64_t> answered_ = 0;  // Of those.
  std::atomic<const char*> step_ = "decide";

  std::once_flag joined_;
  std::thread thread_;
  std::thread answering_thread_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_SEQUENCER_H_
