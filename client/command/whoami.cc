// cbm whoami: which office this is, and which exchange.

#include <memory>
#include <string>
#include <vector>

#include "client/command/command.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr absl::Duration kEndsSoon = absl::Hours(24 * 30);

bool EndsSoon(const v1::CredentialRecord& credential, absl::Time now) {
  return TimeOf(credential.not_after()) - now < kEndsSoon;
}

absl::Status RunWhoami(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  const v1::GetExchangeResponse& about = *workplace->about();
  CBM_ASSIGN_OR_RETURN(
      const v1::CredentialRecord caller,
      OwnCredential(workplace->replica(), workplace->profile().certificate().fingerprint(),
                    about.caller()));
  std::vector<std::string> ledgers;
  for (const LedgerReplica* const ledger : workplace->replica().Ledgers()) {
    ledgers.push_back(ledger->id().text());
  }
  if (context.json()) {
    Json json;
    json["party"] = CleanLine(caller.party());
    json["name"] = CleanLine(workplace->exchange().NameOf(caller.party()));
    json["office"] = CleanLine(caller.office());
    json["type"] = NameOf(caller.type());
    json["credential"] = CredentialJson(caller, workplace->ExchangeTime());
    json["ends_soon"] = EndsSoon(caller, workplace->ExchangeTime());
    json["exchange_id"] = about.exchange_id();
    json["epoch"] = about.epoch();
    json["server"] = workplace->profile().config.server;
    json["server_version"] = CleanLine(about.server_version());
    json["time"] = TimeJson(workplace->ExchangeTime());
    json["ledgers"] = ledgers;
    context.terminal.Print(FormatJson(json));
    return absl::OkStatus();
  }
  std::vector<std::string> scopes;
  for (const int scope : caller.scopes()) {
    scopes.push_back(NameOf(static_cast<v1::Scope>(scope)));
  }
  context.terminal.Print(fmt::format(
      "office      {}-{} ({}, {})\n"
      "may         {}\n"
      "credential  {}\n"
      "valid       until {}\n"
      "exchange    {}\n"
      "server      {}, version {}\n"
      "its time    {}\n"
      "ledgers     {}\n",
      CleanLine(caller.party()), CleanLine(caller.office()),
      CleanLine(workplace->exchange().NameOf(caller.party())), NameOf(caller.type()),
      fmt::join(scopes, ", "), ToHex(caller.credential()), FormatUtc(TimeOf(caller.not_after())),
      about.exchange_id(), workplace->profile().config.server, CleanLine(about.server_version()),
      FormatUtc(workplace->ExchangeTime()), fmt::join(ledgers, ", ")));
  if (EndsSoon(caller, workplace->ExchangeTime())) {
    context.terminal.Print(
        "WARNING     the certificate ends soon; make a new key and certificate, and then:\n"
        "            cbm directory renew --cert NEW-CERT.pem --key NEW-KEY.pem\n");
  }
  return absl::OkStatus();
}

}  // namespace

void AddWhoami(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "whoami", "Show which office this is, what it may do, and which exchange",
                 "cbm whoami --output json");
  Runs(command, context, [&context] { return RunWhoami(context); });
}

}  // namespace cbm
