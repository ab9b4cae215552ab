// cbm exchange: what the secretariat has the exchange's server do.

#include <memory>
#include <string>
#include <string_view>

#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string OutcomeOf(const v1::ReloadTlsResponse& response) {
  constexpr std::string_view kPrefix = "RELOAD_OUTCOME_";
  const std::string name = v1::ReloadOutcome_Name(response.outcome());
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : "UNSPECIFIED";
}

std::string NextOf(const v1::RevocationListInfo& list) {
  return list.has_next_update() ? FormatUtc(rules::FromTimestamp(list.next_update())) : "";
}

Json ToJson(const v1::ReloadTlsResponse& response) {
  Json json;
  json["serial"] = CleanLine(response.serial());
  json["issuer"] = CleanLine(response.issuer());
  json["not_after"] = TimeJson(rules::FromTimestamp(response.not_after()));
  json["authorities"] = response.authorities();
  json["revoked"] = response.revoked();
  json["outcome"] = OutcomeOf(response);
  json["revocation_lists"] = Json::array();
  for (const v1::RevocationListInfo& list : response.revocation_lists()) {
    Json each;
    each["issuer"] = CleanLine(list.issuer());
    each["number"] = CleanLine(list.number());
    each["this_update"] = TimeJson(rules::FromTimestamp(list.this_update()));
    each["next_update"] =
        list.has_next_update() ? TimeJson(rules::FromTimestamp(list.next_update())) : Json(nullptr);
    each["revoked"] = list.revoked();
    json["revocation_lists"].push_back(each);
  }
  return json;
}

std::string ToText(const v1::ReloadTlsResponse& response, bool colour) {
  std::string text = fmt::format(
      "serial       {}\n"
      "issuer       {}\n"
      "valid        until {}\n"
      "authorities  {}\n"
      "revoked      {}\n"
      "files        {}\n",
      CleanLine(response.serial()), CleanLine(response.issuer()),
      FormatUtc(rules::FromTimestamp(response.not_after())), response.authorities(),
      response.revoked(), OutcomeOf(response));
  if (response.revocation_lists_size() > 0) {
    Table table({"LIST OF", "NUMBER", "NEXT DUE", "REVOKED"});
    for (const v1::RevocationListInfo& list : response.revocation_lists()) {
      table.Add({{CleanLine(list.issuer())},
                 {CleanLine(list.number())},
                 {NextOf(list)},
                 {fmt::format("{}", list.revoked())}});
    }
    text += "\n" + table.Format(colour);
  }
  return text;
}

absl::Status RunReload(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_ASSIGN_OR_RETURN(const v1::ReloadTlsResponse response, workplace->api().ReloadTls());
  context.terminal.Print(context.json() ? FormatJson(ToJson(response))
                                        : ToText(response, context.terminal.colour()));
  if (response.outcome() == v1::RELOAD_OUTCOME_NOT_TAKEN_UP) {
    return absl::FailedPreconditionError(
        "certificate, key or authorities are not good as they are in the server's files, and the "
        "last good ones are served: who runs the server finds the reason in its log, and mends "
        "them");
  }
  return absl::OkStatus();
}

}  // namespace

void AddExchange(CLI::App& app, CommandContext& context) {
  CLI::App* const exchange =
      AddCommand(app, "exchange", "Have the exchange's server look after itself; the secretariat's",
                 "cbm exchange reload");
  exchange->require_subcommand(1);
  CLI::App* const reload = AddCommand(
      *exchange, "reload",
      "Have the server take up its certificate, key, authorities and revocation lists at once, and "
      "show what it serves now",
      "cbm exchange reload --output json");
  Runs(reload, context, [&context] { return RunReload(context); });
}

}  // namespace cbm
