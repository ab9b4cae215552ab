#include "server/sequencer/sequencer.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/status_macros.h"
#include "core/evidence/domain_hash.h"
#include "core/rules/credentials.h"
#include "core/rules/decide.h"
#include "core/rules/facts.h"
#include "core/rules/form.h"
#include "fmt/format.h"
#include "server/sequencer/actors.h"

namespace cbm {
namespace {

constexpr size_t kEntrySaltBytes = 16;
constexpr absl::Duration kClockBehindMax = absl::Seconds(1);
// In all, for a clock that is slow, or stands.
constexpr absl::Duration kClockWaitMax = absl::Seconds(2);
constexpr absl::Duration kWriteWait = absl::Seconds(10);
constexpr size_t kQueueOfPartyLeast = 64;

absl::Status GoingDown() {
  return absl::UnavailableError("the exchange is going down: come again");
}

// Entries in the making: those of the rules, and those of the integrations of the States concerned.
absl::StatusOr<std::vector<rules::NewEntry>> WithIntegrations(const Batch& batch,
                                                              const v1::Act& act,
                                                              rules::Decision decision) {
  std::vector<rules::NewEntry> passed_on;
  for (const rules::NewEntry& entry : decision.entries) {
    if (!entry.ledger.is_state()) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const rules::View> view, batch.ViewOf(entry.ledger));
    CBM_ASSIGN_OR_RETURN(std::vector<rules::NewEntry> more, rules::Distribute(*view, act, entry));
    std::move(more.begin(), more.end(), std::back_inserter(passed_on));
  }
  // The author's own entry stays the last.
  decision.entries.insert(decision.entries.end() - 1, std::make_move_iterator(passed_on.begin()),
                          std::make_move_iterator(passed_on.end()));
  return std::move(decision.entries);
}

// What is kept of an act while it waits, as far as its author makes it long.
size_t KeptBytes(const HandedIn& act) {
  size_t bytes = act.act.bytes.size();
  for (const NamedContent& content : act.contents) {
    bytes += content.content.ByteSizeLong();
  }
  return bytes;
}

std::vector<Digest> DigestsOf(const std::vector<NamedContent>& contents) {
  std::vector<Digest> digests;
  digests.reserve(contents.size());
  for (const NamedContent& content : contents) {
    digests.push_back(content.digest);
  }
  return digests;
}

// Turns what the rules made into entries to be stored: each with its ordinal, time, salt and
// hashes; the author's own last, since it names the others.
class EntryMaker {
 public:
  EntryMaker(const Batch& batch, Random& random, const HandedIn& act, absl::Time now)
      : batch_(batch), random_(random), act_(act), now_(rules::ToTimestamp(now)) {
    const std::vector<Digest> contents = DigestsOf(act.contents);
    given_ = GivenDigest(contents);
  }

  absl::StatusOr<std::vector<EncodedEntry>> Make(std::vector<rules::NewEntry> made) {
    std::vector<EncodedEntry> entries;
    entries.reserve(made.size());
    for (rules::NewEntry& entry : made) {
      CBM_ASSIGN_OR_RETURN(EncodedEntry encoded,
                           Encode(std::move(entry.entry), entry.ledger, entry.gives_contents));
      if (!entry.delivered_to.empty()) {
        delivered_.emplace(entry.delivered_to, std::string(BytesOf(encoded.leaf_hash)));
      }
      entries.push_back(std::move(encoded));
    }
    return entries;
  }

 private:
  absl::StatusOr<EncodedEntry> Encode(v1::Entry entry, const LedgerId& ledger,
                                      bool gives_contents) {
    CBM_ASSIGN_OR_RETURN(const uint64_t next, batch_.NextOrdinal(ledger));
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    entry.set_exchange_id(act_.act.act.exchange_id());
    entry.set_ledger(ledger.text());
    entry.set_ordinal(next + added_[ledger]++);
    *entry.mutable_time() = now_;
    entry.set_act_digest(std::string(BytesOf(act_.act.digest)));
    entry.set_signature_digest(std::string(BytesOf(act_.act.signature_digest)));
    if (gives_contents) {
      entry.set_given_digest(given_);
    }
    if (entry.role() == v1::ENTRY_ROLE_OWN) {
      for (const auto& [party, leaf_hash] : delivered_) {
        v1::Delivered* const delivered = entry.add_delivered();
        delivered->set_party(party);
        delivered->set_leaf_hash(leaf_hash);
      }
      entry.set_carrying_credential(std::string(BytesOf(act_.carrying_credential)));
    }
    entry.set_salt(random_.Bytes(kEntrySaltBytes));
    return EncodedEntry::Create(std::move(entry));
  }

  const Batch& batch_;
  Random& random_;
  const HandedIn& act_;
  const google::protobuf::Timestamp now_;
  std::string given_;
  std::map<LedgerId, uint64_t> added_;
  std::multimap<std::string, std::string> delivered_;  // A reader may have several entries.
};

}  // namespace

void Sequencer::AnswerAll(const std::deque<Waiting>& waiting, const absl::Status& answer) {
  for (const Waiting& one : waiting) {
    one.answer(answer);
    ++answered_;
  }
}

SequencerWork Sequencer::work() const {
  const uint64_t answered = answered_;  // First, so that more are not answered than handed in.
  return {.waiting = handed_in_ - answered, .answered = answered, .step = step_};
}

Sequencer::Sequencer(Store& store, Clock& clock, Random& random, SequencerOptions options)
    : store_(store),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      emergencies_({.all = options_.emergency_acts_max,
                    .of_party = options_.emergency_acts_of_party_max,
                    .bytes_of_party = options_.bytes_of_party_max}),
      queue_({.all = options_.queue_acts_max,
              .of_party = std::max(options_.queue_acts_max / 4, kQueueOfPartyLeast),
              .bytes_of_party = options_.bytes_of_party_max}),
      answering_thread_([this] { RunAnswers(); }) {
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error&) {
    EndAnswers();  // Who was told why must find no thread that runs.
    throw;
  }
}

Sequencer::~Sequencer() { Stop(); }

absl::Status Sequencer::HandIn(HandedIn act, Answer answer) {
  const size_t bytes = KeptBytes(act);
  {
    const MutexLock lock(mutex_);
    if (!stopping_ && !failed_) {
      CBM_RETURN_IF_ERROR(
          Enqueue({.act = std::move(act), .answer = std::move(answer), .bytes = bytes}));
      ++handed_in_;
      changed_.NotifyOne();
      return absl::OkStatus();
    }
  }
  answer(GoingDown());
  return absl::OkStatus();
}

absl::Status Sequencer::Enqueue(Waiting one) {
  const std::string party = one.act.party;
  const std::string office = one.act.office;
  const size_t bytes = one.bytes;
  if (rules::IsEmergency(one.act.act.act) && emergencies_.WhyFull(party) == nullptr) {
    emergencies_.Push(party, office, std::move(one), bytes);
    return absl::OkStatus();
  }
  if (const char* const full = queue_.WhyFull(party); full != nullptr) {
    return absl::ResourceExhaustedError(full);
  }
  queue_.Push(party, office, std::move(one), bytes);
  return absl::OkStatus();
}

bool Sequencer::QueueIsEmpty() const { return emergencies_.empty() && queue_.empty(); }

void Sequencer::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  std::call_once(joined_, [this] {
    thread_.join();
    EndAnswers();
  });
}

void Sequencer::EndAnswers() {
  {
    const MutexLock lock(mutex_);
    all_committed_ = true;
    answers_changed_.NotifyAll();
  }
  answering_thread_.join();
}

void Sequencer::Run() {
  while (true) {
    const std::deque<Waiting> waiting = TakeWaiting();
    if (waiting.empty()) {
      return;
    }
    Process(waiting);
  }
}

std::deque<Sequencer::Waiting> Sequencer::TakeWaiting() {
  const MutexLock lock(mutex_);
  while (QueueIsEmpty() && !stopping_) {
    changed_.Wait(mutex_);
  }
  std::deque<Waiting> taken;
  size_t bytes = 0;
  while (!QueueIsEmpty() && taken.size() < options_.batch_acts_max &&
         bytes < options_.batch_bytes_max) {
    FairQueue<Waiting>& from = emergencies_.empty() ? queue_ : emergencies_;
    taken.push_back(*from.Pop());
    bytes += taken.back().bytes;
  }
  return taken;
}

bool Sequencer::HasFailed() {
  const MutexLock lock(mutex_);
  return failed_;
}

void Sequencer::Process(const std::deque<Waiting>& waiting) {
  if (HasFailed()) {
    AnswerAll(waiting, GoingDown());
    return;
  }
  waited_in_vain_ = false;
  Unreadable unreadable;
  while (true) {
    const size_t before = unreadable.size();
    std::vector<Decided> decided;
    absl::StatusOr<LedgerHeads> heads = TakeActs(waiting, unreadable, decided);
    if (heads.ok()) {
      AnswerOrHandOver({.decided = std::move(decided), .heads = *std::move(heads)});
      return;
    }
    if (unreadable.size() == before) {
      AnswerFailure(waiting, heads.status());
      return;
    }
  }
}

absl::StatusOr<LedgerHeads> Sequencer::TakeActs(const std::deque<Waiting>& waiting,
                                                Unreadable& unreadable,
                                                std::vector<Decided>& decided) {
  step_ = "decide";
  decided.reserve(waiting.size());
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Batch> batch, store_.Write(clock_.Now() + kWriteWait));
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (const auto found = unreadable.find(i); found != unreadable.end()) {
      decided.push_back({.answer = waiting[i].answer, .outcome = found->second});
      continue;
    }
    const absl::Status taken = TakeAct(*batch, waiting[i], decided);
    if (absl::IsDataLoss(taken)) {
      unreadable.emplace(i, taken);
    }
    CBM_RETURN_IF_ERROR(taken);
  }
  for (size_t i = 0; i < decided.size(); ++i) {
    const absl::Status proved = Prove(*batch, decided[i].outcome);
    if (absl::IsDataLoss(proved)) {
      unreadable.emplace(i, proved);
    }
    CBM_RETURN_IF_ERROR(proved);
  }
  step_ = "commit";
  absl::StatusOr<LedgerHeads> heads = batch->Commit();
  step_ = "answer";
  return heads;
}

void Sequencer::AnswerOrHandOver(Committed committed) {
  {
    const MutexLock lock(mutex_);
    AwaitAnswers();
    // A lone act is answered sooner here: to wake a thread takes as long as the answer.
    if (!QueueIsEmpty()) {
      to_answer_ = std::move(committed);
      answering_ = true;
      answers_changed_.NotifyAll();
      return;
    }
  }
  AnswerCommitted(std::move(committed));
}

void Sequencer::AnswerCommitted(Committed committed) {
  for (Decided& one : committed.decided) {
    one.answer(std::move(one.outcome));
    ++answered_;
  }
  if (!committed.heads.empty()) {
    options_.on_commit(committed.heads);
  }
}

void Sequencer::RunAnswers() {
  while (true) {
    std::optional<Committed> committed;
    {
      const MutexLock lock(mutex_);
      while (!to_answer_.has_value() && !all_committed_) {
        answers_changed_.Wait(mutex_);
      }
      if (!to_answer_.has_value()) {
        return;
      }
      committed.swap(to_answer_);
    }
    AnswerCommitted(*std::move(committed));
    const MutexLock lock(mutex_);
    answering_ = false;
    answers_changed_.NotifyAll();
  }
}

void Sequencer::AwaitAnswers() {
  while (answering_) {
    answers_changed_.Wait(mutex_);
  }
}

void Sequencer::AnswerFailure(const std::deque<Waiting>& waiting, const absl::Status& failure) {
  {
    const MutexLock lock(mutex_);
    AwaitAnswers();
  }
  if (failure.code() == absl::StatusCode::kDataLoss) {
    {
      const MutexLock lock(mutex_);
      failed_ = true;
    }
    options_.on_disk_failure(failure);
  }
  AnswerAll(waiting, failure.code() == absl::StatusCode::kAborted
                         ? absl::UnavailableError("the exchange is busy: try again")
                         : failure);
}

absl::Status Sequencer::TakeAct(Batch& batch, const Waiting& one, std::vector<Decided>& decided) {
  absl::StatusOr<Made> made = MakeEntries(batch, one.act);
  absl::Status refusal = made.status();
  if (absl::IsDataLoss(refusal)) {
    return refusal;  // What was appended before may be lost with the transaction.
  }
  if (refusal.ok() && !made->entries.empty()) {
    refusal = batch.Append(one.act.act, one.act.contents, made->entries);
    if (refusal.code() == absl::StatusCode::kFailedPrecondition) {
      refusal = absl::InternalError(refusal.message());  // Nothing of it was added.
    } else {
      CBM_RETURN_IF_ERROR(refusal);
    }
  }
  decided.push_back(
      Decided{.answer = one.answer,
              .outcome = refusal.ok() ? absl::StatusOr<Taken>(std::move(made->taken)) : refusal});
  return absl::OkStatus();
}

absl::StatusOr<Sequencer::Made> Sequencer::MakeEntries(Batch& batch, const HandedIn& act) {
  CBM_ASSIGN_OR_RETURN(const absl::Time now, NextTime(batch));
  CBM_ASSIGN_OR_RETURN(const Actors actors,
                       FindActors(batch.Registry(), act.act.act, act.carrying_credential, now));
  CBM_ASSIGN_OR_RETURN(std::optional<Taken> before, FindRetry(batch, act, actors.signer));
  if (before.has_value()) {
    return Made{.taken = *std::move(before), .entries = {}};
  }
  const std::vector<Digest> contents = DigestsOf(act.contents);
  const rules::Submission submission{.act = act.act.act,
                                     .act_digest = act.act.digest,
                                     .openings = act.openings,
                                     .contents = contents,
                                     .signer = actors.signer,
                                     .registers = act.registers,
                                     .limits = options_.limits};
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const rules::View> view, batch.ViewOf(act.ledger));
  CBM_ASSIGN_OR_RETURN(rules::Decision decision, rules::Decide(*view, submission, now));
  if (!decision.verdict.ok()) {
    return std::move(decision.verdict);
  }
  if (act.registers.has_value()) {
    CBM_RETURN_IF_ERROR(CheckNew(batch.Registry(), rules::CertificateRegisteredBy(act.act.act)));
  }
  CBM_ASSIGN_OR_RETURN(std::vector<rules::NewEntry> made,
                       WithIntegrations(batch, act.act.act, std::move(decision)));
  CBM_ASSIGN_OR_RETURN(std::vector<EncodedEntry> entries,
                       EntryMaker(batch, random_, act, now).Make(std::move(made)));
  Taken taken{.ledger = act.ledger, .entry = entries.back(), .head = {}, .inclusion_proof = {}};
  return Made{.taken = std::move(taken), .entries = std::move(entries)};
}

absl::StatusOr<std::optional<Taken>> Sequencer::FindRetry(
    const Batch& batch, const HandedIn& act, const v1::CredentialRecord& signer) const {
  const v1::Act& message = act.act.act;
  if (message.party() != signer.party() || message.office() != signer.office()) {
    return std::optional<Taken>();  // The rules refuse it, and none is told whose id it is.
  }
  CBM_ASSIGN_OR_RETURN(
      const std::optional<ActPlace> place,
      batch.FindAct(
          {.party = message.party(), .office = message.office(), .act_id = message.act_id()}));
  if (!place.has_value()) {
    return std::optional<Taken>();
  }
  if (place->act_digest != act.act.digest || place->ledger != act.ledger) {
    return absl::AlreadyExistsError("another act of your office has this act id");
  }
  CBM_ASSIGN_OR_RETURN(EncodedEntry entry, batch.ReadEntry(place->ledger, place->ordinal));
  return std::optional<Taken>(
      Taken{.ledger = place->ledger, .entry = std::move(entry), .head = {}, .inclusion_proof = {}});
}

absl::StatusOr<absl::Time> Sequencer::NextTime(const Batch& batch) {
  const absl::Time last = batch.LastTime();
  const auto read = [this] { return absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now())); };
  absl::Time now = read();
  absl::Duration waited;
  while (now <= last) {
    const absl::Duration behind = last - now;
    if (behind > kClockBehindMax || waited > kClockWaitMax || waited_in_vain_) {
      waited_in_vain_ = true;
      options_.on_clock_behind(behind);
      return absl::UnavailableError(
          "the exchange's clock stands behind its last entry, and until it has passed it no act is "
          "taken: its operator is told");
    }
    // Longer each time: a clock that stands is found out in few rounds.
    const absl::Duration wait = std::max(behind + absl::Microseconds(1), waited);
    clock_.Wait(wait);
    waited += wait;
    now = read();
  }
  return now;
}

absl::Status Sequencer::Prove(Batch& batch, absl::StatusOr<Taken>& outcome) {
  if (!outcome.ok()) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(outcome->head, batch.Head(outcome->ledger));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, batch.Tiles(outcome->ledger));
  CBM_ASSIGN_OR_RETURN(outcome->inclusion_proof,
                       ProveInclusion(*tiles, {.index = outcome->entry.entry.ordinal(),
                                               .tree_size = outcome->head.size}));
  return absl::OkStatus();
}

}  // namespace cbm
