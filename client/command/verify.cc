// cbm verify: checks evidence, without the exchange.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/delivery.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "core/evidence/open_content.h"
#include "core/evidence/receipt.h"
#include "core/evidence/verify.h"
#include "core/evidence/verify_entry.h"
#include "core/log/tlog_proof.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr absl::Time kFromTheBeginning = absl::InfinitePast();

struct VerifyOptions {
  std::string receipt;
  std::string content;     // With a receipt.
  bool delivered = false;  // Likewise.
  std::string key;
  std::string entry;
  std::string proof;
};

// Whether a file, salt first, is the content that the act names.
absl::Status CheckContentFile(const std::string& file, const v1::Act& act) {
  CBM_ASSIGN_OR_RETURN(const std::string bytes,
                       ReadFile(file, kContentBytesMax + kContentSaltBytes));
  v1::OpenContent content;
  content.set_salt(bytes.substr(0, kContentSaltBytes));
  content.set_plaintext(bytes.substr(std::min(bytes.size(), kContentSaltBytes)));
  if (act.manifest_digest().empty() || !CheckOpenContent(content, act.manifest_digest()).ok()) {
    return absl::DataLossError(
        fmt::format("not proven: {} is not the content that the act names", file));
  }
  return absl::OkStatus();
}

// In the profile's copies of its own ledgers.
absl::StatusOr<std::vector<FoundEntry>> CheckDelivered(Workplace& workplace, const v1::Entry& own) {
  CBM_RETURN_IF_ERROR(workplace.OpenReplica());
  absl::StatusOr<std::vector<FoundEntry>> delivered = FindDelivered(workplace.replica(), own);
  return delivered.ok() ? delivered : Prefix("delivery", delivered.status());
}

Json DeliveredJson(const std::vector<FoundEntry>& delivered) {
  Json json = Json::array();
  for (const FoundEntry& found : delivered) {
    json.push_back({{"ledger", found.ledger->id().text()}, {"ordinal", found.ordinal}});
  }
  return json;
}

std::string DeliveredText(const std::vector<FoundEntry>& delivered) {
  std::string text;
  for (const FoundEntry& found : delivered) {
    text += fmt::format("delivered   {}, entry {}\n", found.ledger->id().text(), found.ordinal);
  }
  return text;
}

absl::Status VerifyReceiptFile(const CommandContext& context, const VerifyOptions& options) {
  CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
  CBM_ASSIGN_OR_RETURN(const LedgerId own, OwnLedger(profile.config));
  CBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.receipt, 2 * kReceiptBytesMax));
  CBM_ASSIGN_OR_RETURN(const v1::Receipt receipt, ReadReceipt(bytes));
  const absl::StatusOr<VerifiedReceipt> verified =
      VerifyReceipt(receipt,
                    {.log = profile.log,
                     .genesis = profile.genesis.genesis,
                     .authorities = profile.authorities,
                     .own_ledger = own},
                    {});
  if (!verified.ok()) {
    return Prefix("not proven", verified.status());
  }
  const VerifiedEvidence& evidence = verified->evidence;
  const v1::Act& act = evidence.act.act;
  if (!options.content.empty()) {
    CBM_RETURN_IF_ERROR(CheckContentFile(options.content, act));
  }
  std::unique_ptr<Workplace> workplace;
  std::vector<FoundEntry> delivered;
  if (options.delivered) {
    CBM_ASSIGN_OR_RETURN(workplace, context.OpenWorkplace());
    CBM_ASSIGN_OR_RETURN(delivered, CheckDelivered(*workplace, evidence.entry.entry));
  }
  const Registration& registration = verified->registrations.front();
  const bool at_genesis = registration.registered == kFromTheBeginning;
  if (context.json()) {
    Json json;
    json["proven"] = true;
    json["act_id"] = FormatUuid(act.act_id());
    json["act_digest"] = ToHex(BytesOf(evidence.act.digest));
    json["act_kind"] = NameOf(evidence.entry.entry.kind());
    json["party"] = CleanLine(act.party());
    json["office"] = CleanLine(act.office());
    json["registered"] = at_genesis ? Json(nullptr) : TimeJson(registration.registered);
    json["ledger"] = evidence.ledger.text();
    json["ordinal"] = evidence.entry.entry.ordinal();
    json["leaf_index"] = evidence.entry.entry.ordinal();
    json["tree_size"] = evidence.checkpoint.head.size;
    json["time"] = TimeJson(evidence.time);
    json["content_proven"] = !options.content.empty();
    json["delivered"] = DeliveredJson(delivered);
    json["unknown_parts"] = HasUnknownParts(act);
    context.terminal.Print(FormatJson(json));
    return absl::OkStatus();
  }
  context.terminal.Print(fmt::format(
      "proven\n"
      "act         {} ({})\n"
      "by          {}-{}, registered {}\n"
      "taken at    {}\n"
      "ledger      {}, entry {} of {}\n{}{}{}",
      FormatUuid(act.act_id()), NameOf(evidence.entry.entry.kind()), CleanLine(act.party()),
      CleanLine(act.office()),
      at_genesis ? "in the genesis document"
                 : fmt::format("at {}", FormatUtc(registration.registered)),
      FormatUtc(evidence.time), evidence.ledger.text(), evidence.entry.entry.ordinal(),
      evidence.checkpoint.head.size,
      options.content.empty() ? "" : fmt::format("content     {}\n", options.content),
      DeliveredText(delivered),
      HasUnknownParts(act) ? "note        the act has parts that this version does not know\n"
                           : ""));
  return absl::OkStatus();
}

absl::Status VerifyEntryFile(const CommandContext& context, const VerifyOptions& options) {
  const absl::StatusOr<VerifierKey> key = ParseVerifierKey(options.key);
  if (!key.ok()) {
    return UsageError(fmt::format("--key: {}", MessageOf(key.status())));
  }
  CBM_ASSIGN_OR_RETURN(std::string bytes, ReadFile(options.entry, kTlogProofBytesMax));
  CBM_ASSIGN_OR_RETURN(const std::string proof, ReadFile(options.proof, kTlogProofBytesMax));
  const absl::StatusOr<VerifiedEntry> verified = VerifyEntryAlone(std::move(bytes), proof, *key);
  if (!verified.ok()) {
    return Prefix("not proven", verified.status());
  }
  const v1::Entry& entry = verified->entry.entry;
  const Checkpoint& checkpoint = verified->checkpoint;
  if (context.json()) {
    context.terminal.Print(FormatJson({{"proven", true},
                                       {"ledger", verified->ledger.text()},
                                       {"ordinal", entry.ordinal()},
                                       {"act_kind", NameOf(entry.kind())},
                                       {"act_digest", ToHex(entry.act_digest())},
                                       {"time", TimeJson(verified->time)},
                                       {"leaf_index", entry.ordinal()},
                                       {"tree_size", checkpoint.head.size},
                                       {"origin", CleanLine(checkpoint.origin)}}));
  } else {
    context.terminal.Print(fmt::format(
        "proven\n"
        "ledger  {}, entry {} of {}\n"
        "of      {}, act {}\n"
        "taken   {}\n",
        verified->ledger.text(), entry.ordinal(), checkpoint.head.size, NameOf(entry.kind()),
        ShortDigest(entry.act_digest()), FormatUtc(verified->time)));
  }
  return absl::OkStatus();
}

absl::Status RunVerify(const CommandContext& context, const VerifyOptions& options) {
  if (!options.receipt.empty()) {
    if (!options.key.empty() || !options.entry.empty() || !options.proof.empty()) {
      return UsageError("verify takes either a receipt, or --key, --entry and --proof");
    }
    return VerifyReceiptFile(context, options);
  }
  if (options.key.empty() || options.entry.empty() || options.proof.empty() ||
      !options.content.empty() || options.delivered) {
    return UsageError("verify takes either a receipt, or --key, --entry and --proof");
  }
  return VerifyEntryFile(context, options);
}

}  // namespace

void AddVerify(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "verify",
      "Verify a receipt with the profile's log key and authorities, or an entry with a key and a "
      "proof; without network",
      "cbm verify evidence/receipt --content evidence/content.bin\n"
      "  cbm verify --key \"$(cbm log key)\" --entry entry.bin --proof entry.tlog-proof");
  const auto options = std::make_shared<VerifyOptions>();
  command->add_option("receipt", options->receipt, "A receipt's file")->check(CLI::ExistingFile);
  command->add_option("--content", options->content, "Also that this is what the act says")
      ->check(CLI::ExistingFile);
  command->add_flag("--delivered", options->delivered,
                    "Also that the act stands in your own ledgers, as this machine has them, if "
                    "its author was told so; of a receipt that the author gave you");
  command->add_option("--key", options->key, "Verifier key of the entry's ledger");
  command->add_option("--entry", options->entry, "The entry's bytes")->check(CLI::ExistingFile);
  command->add_option("--proof", options->proof, "Its tlog-proof")->check(CLI::ExistingFile);
  Runs(command, context, [&context, options] { return RunVerify(context, *options); });
}

}  // namespace cbm
