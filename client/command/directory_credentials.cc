// cbm directory suspend, restore, revoke: whether a credential still counts.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/directory_acts.h"
#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kDigitsMin = 6;  // Of a fingerprint that is typed.

struct ChangeOptions {
  std::string office;
  std::string credential;
  std::string reason;
  bool yes = false;
};

// One of the three: its words, and its act.
struct Change {
  std::string command;   // "suspend"
  std::string state;     // "suspended"
  std::string question;  // Asked of a person.
  std::string effect;    // What will happen.
  void (*fill)(const v1::CredentialName& of, v1::CredentialReason reason, v1::Act& act);
};

// Whether the change can be made to a credential that stands so: what is offered if none was named.
bool CanBeMade(const Change& change, const v1::CredentialRecord& credential, absl::Time now) {
  if (credential.has_revoked()) {
    return false;
  }
  if (change.command == "revoke") {
    return true;
  }
  return change.command == "restore"
             ? credential.has_suspended()
             : rules::MayRenew(credential, now) || rules::IsInUse(credential, now);
}

// The credential that is meant: the one that was named, or the only one that it can be done to.
absl::StatusOr<v1::CredentialRecord> Choose(const Change& change, const ChangeOptions& options,
                                            const v1::OfficeRecord& office, absl::Time now) {
  if (!options.credential.empty() && options.credential.size() < kDigitsMin) {
    return UsageError(fmt::format("--credential needs at least {} digits", kDigitsMin));
  }
  std::vector<v1::CredentialRecord> meant;
  for (const v1::CredentialRecord& credential : office.credentials()) {
    if (options.credential.empty()
            ? CanBeMade(change, credential, now)
            : ToHex(credential.credential()).starts_with(options.credential)) {
      meant.push_back(credential);
    }
  }
  if (meant.size() == 1) {
    return meant.front();
  }
  if (meant.empty()) {
    return options.credential.empty()
               ? absl::FailedPreconditionError(fmt::format(
                     "{} has no credential to {}: cbm directory show {}", CleanLine(options.office),
                     change.command, CleanLine(options.office)))
               : absl::NotFoundError(fmt::format("{} has no such credential: cbm directory show {}",
                                                 CleanLine(options.office),
                                                 CleanLine(options.office)));
  }
  std::string text = fmt::format(
      "{} has {} such credentials, and each is an act of its own: name "
      "one with --credential",
      CleanLine(options.office), meant.size());
  for (const v1::CredentialRecord& credential : meant) {
    text += fmt::format("; {} until {}", ToHex(credential.credential()),
                        FormatUtc(TimeOf(credential.not_after())));
  }
  return UsageError(text);
}

// Whether anybody of the credential's own party could still restore it.
absl::StatusOr<bool> HasAnother(Workplace& workplace, const v1::CredentialRecord& credential) {
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices,
                       ListOffices(workplace.replica(), credential.party()));
  for (const v1::OfficeRecord& office : offices) {
    for (const v1::CredentialRecord& other : office.credentials()) {
      const auto& scopes = other.scopes();
      if (other.credential() != credential.credential() &&
          office.type() != v1::OFFICE_TYPE_INTEGRATION &&
          rules::UseOf(other, workplace.ExchangeTime()) == rules::CredentialUse::kActive &&
          std::count(scopes.begin(), scopes.end(), v1::SCOPE_DIRECTORY) != 0) {
        return true;
      }
    }
  }
  return false;
}

bool IsOwn(const Workplace& workplace, const v1::CredentialRecord& credential) {
  return credential.certificate() == workplace.profile().certificate().der();
}

// What is shown before it is done: whose it is, and what will happen.
absl::StatusOr<std::string> Preview(Workplace& workplace, const Change& change,
                                    const v1::CredentialRecord& credential) {
  const std::string party = CleanLine(credential.party());
  std::string text = fmt::format(
      "office       {}-{} ({}, {})\n"
      "credential   {}\n"
      "valid        {} to {}\n"
      "now          {}\n"
      "effect       {}",
      party, CleanLine(credential.office()), CleanLine(workplace.exchange().NameOf(party)),
      NameOf(credential.type()), ToHex(credential.credential()),
      FormatUtc(TimeOf(credential.not_before())), FormatUtc(TimeOf(credential.not_after())),
      UseText(credential, workplace.ExchangeTime()), change.effect);
  if (change.command == "restore") {
    return text;
  }
  if (IsOwn(workplace, credential)) {
    text +=
        "\nWARNING      it is the one that you are using: you can do nothing with it afterwards";
  }
  CBM_ASSIGN_OR_RETURN(const bool has_another, HasAnother(workplace, credential));
  if (!has_another) {
    text += fmt::format(
        "\nWARNING      {} has no other that may act for it in the directory: afterwards only the "
        "secretariat can let it in again",
        party);
  }
  return text;
}

absl::Status RunChange(const CommandContext& context, const Change& change,
                       const ChangeOptions& options) {
  v1::CredentialReason reason = v1::CREDENTIAL_REASON_UNSPECIFIED;
  if (change.command != "restore") {
    CBM_ASSIGN_OR_RETURN(reason, CredentialReasonNamed(options.reason));
  }
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const v1::OfficeRecord office, FindNamedOffice(*workplace, options.office));
  CBM_ASSIGN_OR_RETURN(const v1::CredentialRecord credential,
                       Choose(change, options, office, workplace->ExchangeTime()));
  Proposal proposal;
  proposal.act.mutable_audience()->mutable_own();
  v1::CredentialName of;
  of.set_party(credential.party());
  of.set_office(credential.office());
  of.set_credential(credential.credential());
  change.fill(of, reason, proposal.act);
  if (context.tells(options.yes)) {
    CBM_ASSIGN_OR_RETURN(const std::string preview, Preview(*workplace, change, credential));
    context.terminal.Note(preview);
  }
  if (!options.yes) {
    CBM_RETURN_IF_ERROR(context.terminal.Confirm(change.question));
  }
  if (IsOwn(*workplace, credential)) {  // It cannot ask for what its receipt needs afterwards.
    CBM_RETURN_IF_ERROR(KeepRegistrations(*workplace));
  }
  CBM_ASSIGN_OR_RETURN(const Performed performed, Perform(*workplace, std::move(proposal)));
  Json json = PerformedJson(performed);
  json["party"] = CleanLine(credential.party());
  json["office"] = CleanLine(credential.office());
  json["credential"] = ToHex(credential.credential());
  json["state"] = change.state;
  context.terminal.Print(
      context.json() ? FormatJson(json)
                     : PerformedText(fmt::format("{}-{} {}", CleanLine(credential.party()),
                                                 CleanLine(credential.office()), change.state),
                                     performed));
  return absl::OkStatus();
}

void AddChange(CLI::App& directory, CommandContext& context, const Change& change,
               const std::string& description, const std::string& example) {
  const auto options = std::make_shared<ChangeOptions>();
  CLI::App* const command = AddCommand(directory, change.command, description, example);
  command->add_option("office", options->office, "Party and office, for instance LV-duty")
      ->required();
  command->add_option("--credential", options->credential,
                      "Which of its credentials: the first digits of the certificate's SHA-256 "
                      "(default: the only one)");
  if (change.command != "restore") {
    command
        ->add_option("--reason", options->reason,
                     "key-lost, key-compromised, office-asked or other")
        ->required();
  }
  command->add_flag("--yes", options->yes, "Do not ask");
  Runs(command, context,
       [&context, change, options] { return RunChange(context, change, *options); });
}

}  // namespace

void AddCredentialChanges(CLI::App& directory, CommandContext& context) {
  AddChange(directory, context,
            {.command = "suspend",
             .state = "suspended",
             .question = "Suspend it?",
             .effect = "nothing is taken from it any more, and its connections end, until it is "
                       "restored: by who suspended it, or by another office of its party",
             .fill =
                 [](const v1::CredentialName& of, v1::CredentialReason reason, v1::Act& act) {
                   *act.mutable_suspend_credential()->mutable_of() = of;
                   act.mutable_suspend_credential()->set_reason(reason);
                 }},
            "Take a credential out of use until it is restored",
            "cbm directory suspend LV-duty --reason key-lost");
  AddChange(directory, context,
            {.command = "restore",
             .state = "restored",
             .question = "Restore it?",
             .effect = "it is taken again, as if it had not been suspended",
             .fill = [](const v1::CredentialName& of, v1::CredentialReason /*reason*/,
                        v1::Act& act) { *act.mutable_restore_credential()->mutable_of() = of; }},
            "End the suspension of a credential", "cbm directory restore LV-duty");
  AddChange(directory, context,
            {.command = "revoke",
             .state = "revoked",
             .question = "Revoke it, for ever?",
             .effect = "nothing is taken from it any more, and its connections end, for ever: it "
                       "cannot be restored",
             .fill =
                 [](const v1::CredentialName& of, v1::CredentialReason reason, v1::Act& act) {
                   *act.mutable_revoke_credential()->mutable_of() = of;
                   act.mutable_revoke_credential()->set_reason(reason);
                 }},
            "Take a credential out of use for ever",
            "cbm directory revoke LV-duty --reason key-compromised");
}

}  // namespace cbm
