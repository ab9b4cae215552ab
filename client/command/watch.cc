// cbm watch: follows the office's ledgers, and says what comes, until somebody ends it.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Between attempts to follow again; twice as long each time.
constexpr absl::Duration kPauseFirst = absl::Milliseconds(500);
constexpr absl::Duration kPauseMost = absl::Seconds(30);

// Precedence, context and marking, which stand in the act, in what it acts on, or in the summary.
v1::Notification HeaderOf(const Replica& replica, const ReplicaRecord& record) {
  if (record.entry.effect().has_consultation()) {
    const v1::ConsultationState& state = record.entry.effect().consultation();
    v1::Notification header;
    header.set_kind("CRQ");
    header.set_precedence(state.precedence());
    header.set_context(state.context());
    header.set_marking(state.marking());
    return header;
  }
  if (record.act.has_value()) {
    return HeaderOf(replica, record.act->act);
  }
  const v1::Summary& summary = record.entry.summary();
  v1::Notification header;
  header.set_kind(summary.notification_kind());
  header.set_precedence(summary.precedence());
  header.set_context(summary.context());
  header.set_marking(summary.marking());
  return header;
}

Json EntryJson(const Replica& replica, const ReplicaRecord& record) {
  const v1::Entry& entry = record.entry;
  const v1::Notification header = HeaderOf(replica, record);
  Json json;
  json["context"] =
      header.context() == v1::CONTEXT_UNSPECIFIED ? Json(nullptr) : Json(NameOf(header.context()));
  json["ledger"] = entry.ledger();
  json["ordinal"] = entry.ordinal();
  json["time"] = TimeJson(TimeOf(entry.time()));
  json["act_kind"] = NameOf(entry.kind());
  json["role"] = NameOf(entry.role());
  json["act_digest"] = ToHex(entry.act_digest());
  if (record.act.has_value()) {
    const v1::Act& act = record.act->act;
    json["act_id"] = IsUuid(act.act_id()) ? Json(FormatUuid(act.act_id())) : Json(nullptr);
    json["party"] = CleanLine(act.party());
    json["office"] = CleanLine(act.office());
    json["acted_on"] = Json::array();
    for (const v1::Reference& reference : act.references()) {
      json["acted_on"].push_back(ToHex(reference.act_digest()));
    }
  } else {
    json["party"] = CleanLine(entry.summary().party());
    json["acted_on"] = Json::array();
    if (!entry.summary().acted_on().empty()) {
      json["acted_on"].push_back(ToHex(entry.summary().acted_on()));
    }
  }
  if (entry.effect().has_consultation()) {
    json["consultation_id"] = ToHex(entry.effect().consultation().consultation_id());
    json["state"] = CleanLine(entry.effect().consultation().state());
  }
  if (!header.kind().empty()) {
    json["kind"] = CleanLine(header.kind());
    json["precedence"] = NameOf(header.precedence());
    json["marking"] = NameOf(header.marking());
  }
  return json;
}

std::string EntryText(const Replica& replica, const ReplicaRecord& record) {
  const v1::Entry& entry = record.entry;
  const v1::Notification header = HeaderOf(replica, record);
  std::string text;
  if (header.context() != v1::CONTEXT_UNSPECIFIED) {
    text += fmt::format("{} ", NameOf(header.context()));
  }
  text +=
      fmt::format("{}  {} {}", FormatUtc(TimeOf(entry.time())), entry.ledger(), entry.ordinal());
  text += fmt::format("  {}", NameOf(entry.kind()));
  const std::string party = record.act.has_value() ? fmt::format("{}-{}", record.act->act.party(),
                                                                 record.act->act.office())
                                                   : entry.summary().party();
  if (!party.empty()) {
    text += fmt::format(" by {}", CleanLine(party));
  }
  if (!header.kind().empty()) {
    text += fmt::format("  {} {} {}", NameOf(header.precedence()), NameOf(header.marking()),
                        CleanLine(header.kind()));
  }
  return text + fmt::format("  {}\n", ShortDigest(entry.act_digest()));
}

// Shows what follows, once it is proven.
class Watcher {
 public:
  Watcher(const CommandContext& context, Workplace& workplace)
      : context_(context), workplace_(workplace) {
    for (const LedgerReplica* const ledger : workplace_.replica().Ledgers()) {
      shown_[ledger->id()] = ledger->size();
    }
  }

  // Follows from what the replica has, until that ends.
  absl::Status Follow() {
    pending_.clear();
    const absl::Status ended = workplace_.api().Follow(
        Request(), [this](const v1::FollowResponse& response) { return Take(response); });
    return ended.ok() ? absl::UnavailableError("the exchange ended the stream") : ended;
  }

  // Shows what the replica has and was not shown before.
  void ShowNew() {
    for (auto& [ledger, shown] : shown_) {
      const LedgerReplica& replica = *workplace_.replica().Find(ledger);
      for (; shown < replica.size(); ++shown) {
        const ReplicaRecord& record = replica.records()[shown];
        context_.terminal.Print(context_.json()
                                    ? FormatJsonLine(EntryJson(workplace_.replica(), record))
                                    : EntryText(workplace_.replica(), record));
      }
    }
  }

 private:
  static constexpr size_t kPendingMax = 100'000;

  v1::FollowRequest Request() const {
    v1::FollowRequest request;
    for (const LedgerReplica* const ledger : workplace_.replica().Ledgers()) {
      v1::Cursor& cursor = *request.add_cursors();
      cursor.set_ledger(ledger->id().text());
      cursor.set_epoch(workplace_.profile().log.epoch);
      cursor.set_ordinal(ledger->size());
    }
    return request;
  }

  absl::Status Take(const v1::FollowResponse& response) {
    const absl::StatusOr<LedgerId> id = LedgerId::Parse(response.cursor().ledger());
    if (!id.ok() || !shown_.contains(*id)) {
      return absl::DataLossError("the exchange sent entries of a ledger that was not asked for");
    }
    std::vector<v1::LedgerRecord>& pending = pending_[*id];
    pending.insert(pending.end(), response.records().begin(), response.records().end());
    if (response.checkpoint().empty()) {
      if (pending.size() > kPendingMax) {
        return absl::DataLossError("the exchange sends entries without a checkpoint");
      }
      return absl::OkStatus();  // Not proven yet.
    }
    const std::vector<v1::LedgerRecord> records = std::exchange(pending, {});
    if (response.cursor().ordinal() > workplace_.replica().Find(*id)->size()) {
      CBM_RETURN_IF_ERROR(Prove(*id, records, response));
    }
    ShowNew();
    return absl::OkStatus();
  }

  absl::Status Prove(const LedgerId& id, const std::vector<v1::LedgerRecord>& records,
                     const v1::FollowResponse& response) {
    const uint64_t size = workplace_.replica().Find(id)->size();
    const uint64_t wanted = response.cursor().ordinal() - size;
    if (records.size() >= wanted &&
        workplace_.replica()
            .Take(id, std::span(records).subspan(records.size() - wanted), response.checkpoint())
            .ok()) {
      return absl::OkStatus();
    }
    // It may rest on a registration that another ledger is still to bring: read all of them.
    return workplace_.replica().Sync(workplace_.api());
  }

  const CommandContext& context_;
  Workplace& workplace_;
  std::map<LedgerId, uint64_t> shown_;
  std::map<LedgerId, std::vector<v1::LedgerRecord>> pending_;
};

// To standard error, as a line of JSON where those are asked for.
void Say(const CommandContext& context, const std::string& what) {
  std::string line = context.json() ? FormatJsonLine({{"note", CleanLine(what)}}) : what + "\n";
  line.pop_back();
  context.terminal.Note(line);
}

// Whether following may go on later. A server on its way down can look as if it refused our
// certificate: that is believed when it is said twice.
bool MayPass(const absl::Status& status, const absl::Status& before) {
  return ExitCodeOf(status) == ExitCode::kTryAgain ||
         (status.code() == absl::StatusCode::kUnauthenticated && status.code() != before.code());
}

// Whoever ends a watch is done with it. Each line that was shown has been written as a whole.
void EndWellOnSignals() {
  for (const int ending : {SIGINT, SIGTERM}) {
    static_cast<void>(::signal(ending, [](int) { ::_exit(static_cast<int>(ExitCode::kDone)); }));
  }
}

absl::Status RunWatch(const CommandContext& context) {
  EndWellOnSignals();
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  workplace->Unlock();
  Watcher watcher(context, *workplace);
  std::vector<std::string> ledgers;
  for (const LedgerReplica* const ledger : workplace->replica().Ledgers()) {
    ledgers.push_back(ledger->id().text());
  }
  Say(context, fmt::format("following {}", fmt::join(ledgers, ", ")));
  absl::Duration pause = kPauseFirst;
  absl::Time since = context.clock.Now();
  absl::Status before;
  absl::Status ended = watcher.Follow();
  while (MayPass(ended, before)) {
    if (context.clock.Now() - since > kPauseMost) {
      pause = kPauseFirst;
    }
    if (MessageOf(ended) != MessageOf(before)) {
      Say(context, fmt::format("{}; trying again until it answers", MessageOf(ended)));
    }
    before = ended;
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kPauseMost);
    since = context.clock.Now();
    ended = workplace->Sync();
    if (ended.ok()) {
      before = ended;
      Say(context, "the exchange answers again: following from where it stopped");
      watcher.ShowNew();
      ended = watcher.Follow();
    }
  }
  return ended;
}

}  // namespace

void AddWatch(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "watch",
      "Show what comes to your ledgers, as it comes, until Ctrl-C; JSON Lines for programs",
      "cbm watch --output json");
  Runs(command, context, [&context] { return RunWatch(context); });
}

}  // namespace cbm
