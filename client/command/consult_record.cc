// cbm consult record, confirm, refuse, statement: what is written down of a meeting.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/command/consult.h"
#include "client/consultations.h"
#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// The text of the record's last version, as far as it is given.
absl::StatusOr<std::string> ReadRecord(Workplace& workplace, const v1::ConsultationRecord& record) {
  for (const v1::ConsultationEvent& event : record.history()) {
    if (event.act_digest() == record.state().record_digest()) {
      CBM_ASSIGN_OR_RETURN(const std::optional<v1::Manifest> said, ReadSaid(workplace, event));
      return said.has_value() ? CleanText(said->body()) : std::string();
    }
  }
  return std::string();
}

// Confirms or refuses the version that was read, and no other.
struct Word {
  bool confirms = false;
  uint32_t version = 0;  // 0 if none was named.
  bool yes = false;
};

absl::StatusOr<ConsultPlan> PlanWord(Workplace& workplace, const v1::ConsultationRecord& record,
                                     const Word& word) {
  const v1::ConsultationState& state = record.state();
  if (state.record_version() == 0) {
    return absl::FailedPreconditionError(
        "no record was drafted yet: cbm consult record drafts one");
  }
  if (word.version == 0 && word.yes) {
    return UsageError(fmt::format(
        "--yes needs --version, the one you have read: the last is {}; cbm consult show "
        "{} shows it",
        state.record_version(), ShortDigest(state.consultation_id())));
  }
  if (word.version != 0 && word.version != state.record_version()) {
    return absl::AbortedError(fmt::format(
        "the record is at version {} now, not {}: read it with cbm consult show {}, and decide "
        "again",
        state.record_version(), word.version, ShortDigest(state.consultation_id())));
  }
  CBM_ASSIGN_OR_RETURN(const std::string text, ReadRecord(workplace, record));
  ConsultPlan plan{
      .act = {},
      .subject = fmt::format("Record, version {}", state.record_version()),
      .done = fmt::format("{}: its record, version {}", word.confirms ? "confirmed" : "refused",
                          state.record_version()),
      .lines = {{"record", ToHex(state.record_digest())}},
      .below = text};
  if (word.confirms) {
    plan.act.mutable_confirm_record()->set_record_digest(state.record_digest());
  } else {
    plan.act.mutable_refuse_record()->set_record_digest(state.record_digest());
  }
  return plan;
}

void AddWord(CLI::App& consult, CommandContext& context, bool confirms) {
  const auto [command, options] =
      confirms ? AddConsultCommand(consult, "confirm", "Confirm the record's last version",
                                   "cbm consult confirm 7f3a9c --version 2", "")
               : AddConsultCommand(consult, "refuse", "Do not confirm the record's last version",
                                   "cbm consult refuse 7f3a9c --version 2 --text reason.txt",
                                   "File with the reason, or - for standard input");
  const auto version = std::make_shared<uint32_t>(0);
  command->add_option("--version", *version, "The version you have read; needed with --yes");
  Runs(command, context, [&context, options = options, version, confirms] {
    const Word word{.confirms = confirms, .version = *version, .yes = options->yes};
    return RunInConsultation(context, *options, [word](auto& workplace, auto& record) {
      return PlanWord(workplace, record, word);
    });
  });
}

void AddRecord(CLI::App& consult, CommandContext& context) {
  const auto [command, options] = AddConsultCommand(
      consult, "record", "Propose the record of the meeting, or a new version of it",
      "cbm consult record 7f3a9c --text record.txt",
      "File with the record, or - for standard input");
  command->get_option("--text")->required();
  Runs(command, context, [&context, options = options] {
    return RunInConsultation(context, *options, [](auto&, const auto& record) {
      const uint32_t version = record.state().record_version() + 1;
      ConsultPlan plan{.act = {},
                       .subject = fmt::format("Record, version {}", version),
                       .done = fmt::format("given a record, version {}", version)};
      if (version > 1) {
        plan.lines.emplace_back("voids", fmt::format("what was said of version {}", version - 1));
      }
      plan.act.mutable_draft_record()->set_record_version(version);
      return plan;
    });
  });
}

void AddStatement(CLI::App& consult, CommandContext& context) {
  const auto [command, options] = AddConsultCommand(
      consult, "statement", "File your State's own statement, once, where no record is agreed",
      "cbm consult statement 7f3a9c --text statement.txt",
      "File with the statement, or - for standard input");
  command->get_option("--text")->required();
  Runs(command, context, [&context, options = options] {
    ConsultPlan plan{.act = {}, .subject = "Statement", .done = "given your statement"};
    plan.act.mutable_file_statement();
    return RunInConsultation(context, *options, std::move(plan));
  });
}

}  // namespace

void AddConsultRecord(CLI::App& consult, CommandContext& context) {
  AddRecord(consult, context);
  AddWord(consult, context, /*confirms=*/true);
  AddWord(consult, context, /*confirms=*/false);
  AddStatement(consult, context);
}

}  // namespace cbm
