// cbm directory: who takes part, and whom to reach.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/directory_acts.h"
#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "fmt/format.h"

namespace cbm {
namespace {

struct StateRow {
  std::string code;
  std::string name;
  uint32_t order = 0;
  std::vector<std::string> frameworks;
};

// The participating States of the reader's frameworks, in the French order of protocol.
std::vector<StateRow> ListStates(const Replica& replica, const std::string& framework) {
  std::map<std::string, StateRow> states;
  for (const v1::Framework& each : replica.exchange().genesis().frameworks()) {
    if (replica.All(each.id()) == nullptr || (!framework.empty() && each.id() != framework)) {
      continue;
    }
    for (const v1::Member& member : each.members()) {
      if (member.membership() != v1::MEMBERSHIP_PARTICIPATING) {
        continue;
      }
      StateRow& row = states[member.code()];
      row.code = member.code();
      row.name = member.name();
      row.order = row.order == 0 ? member.protocol_order() : row.order;
      row.frameworks.push_back(each.id());
    }
  }
  std::vector<StateRow> sorted;
  sorted.reserve(states.size());
  for (auto& [code, row] : states) {
    sorted.push_back(std::move(row));
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const StateRow& a, const StateRow& b) { return a.order < b.order; });
  return sorted;
}

// A usage error lists the reader's frameworks, if `framework` is one that they are not.
absl::Status CheckFramework(const Replica& replica, const std::string& framework) {
  std::vector<std::string> known;
  for (const v1::Framework& each : replica.exchange().genesis().frameworks()) {
    if (replica.All(each.id()) != nullptr) {
      known.push_back(each.id());
    }
  }
  return framework.empty() || std::find(known.begin(), known.end(), framework) != known.end()
             ? absl::OkStatus()
             : UsageError(fmt::format("--framework: '{}' is none of yours: {}",
                                      CleanLine(framework), fmt::join(known, ", ")));
}

absl::Status RunStates(const CommandContext& context, const std::string& framework) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_RETURN_IF_ERROR(CheckFramework(workplace->replica(), framework));
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices,
                       ListOffices(workplace->replica(), ""));
  Json list = Json::array();
  Table table({"CODE", "STATE", "FRAMEWORKS", "OFFICES"});
  for (const StateRow& row : ListStates(workplace->replica(), framework)) {
    const auto count =
        std::count_if(offices.begin(), offices.end(),
                      [&](const v1::OfficeRecord& office) { return office.party() == row.code; });
    list.push_back({{"code", row.code},
                    {"name", CleanLine(row.name)},
                    {"frameworks", row.frameworks},
                    {"offices", count}});
    table.Add({{row.code},
               {CleanLine(row.name)},
               {fmt::format("{}", fmt::join(row.frameworks, ", "))},
               {fmt::format("{}", count)}});
  }
  context.terminal.Print(context.json() ? FormatJson({{"states", std::move(list)}})
                                        : table.Format(context.terminal.colour()));
  return absl::OkStatus();
}

// What a table says of an office: how the best of its credentials stands.
const v1::CredentialRecord* BestOf(const v1::OfficeRecord& office, absl::Time now) {
  const auto& credentials = office.credentials();
  const auto best =
      std::max_element(credentials.begin(), credentials.end(), [now](const auto& a, const auto& b) {
        const auto rank = [now](const v1::CredentialRecord& credential) {
          return std::pair(rules::UseOf(credential, now), TimeOf(credential.not_after()));
        };
        return rank(a) < rank(b);
      });
  return best == credentials.end() ? nullptr : &*best;
}

absl::Status RunOffices(const CommandContext& context, const std::string& party) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices,
                       ListOffices(workplace->replica(), party));
  if (offices.empty() && !party.empty() && !workplace->exchange().IsState(party)) {
    return UsageError(fmt::format(
        "--party: there is no party '{}'; cbm directory states lists the States by their codes",
        CleanLine(party)));
  }
  const absl::Time now = workplace->ExchangeTime();
  Json list = Json::array();
  Table table({"PARTY", "OFFICE", "TYPE", "NAME", "ENROLLED", "VALID UNTIL", "NOW"});
  for (const v1::OfficeRecord& office : offices) {
    list.push_back(OfficeJson(office, now));
    const v1::CredentialRecord* const best = BestOf(office, now);
    table.Add(
        {{CleanLine(office.party())},
         {CleanLine(office.office())},
         {NameOf(office.type())},
         {CleanLine(workplace->exchange().NameOf(office.party()))},
         {office.enrolled().seconds() != 0 ? FormatUtc(TimeOf(office.enrolled())) : "genesis"},
         {best != nullptr ? FormatUtc(TimeOf(best->not_after())) : ""},
         {best != nullptr ? ReachText(*best, now) : ""}});
  }
  context.terminal.Print(context.json() ? FormatJson({{"offices", std::move(list)}})
                                        : table.Format(context.terminal.colour()));
  return absl::OkStatus();
}

absl::Status RunShowOffice(const CommandContext& context, const std::string& name) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const v1::OfficeRecord found, FindNamedOffice(*workplace, name));
  const absl::Time now = workplace->ExchangeTime();
  if (context.json()) {
    context.terminal.Print(FormatJson(OfficeJson(found, now)));
    return absl::OkStatus();
  }
  std::string text = fmt::format(
      "office      {}-{} ({}, {})\n", CleanLine(found.party()), CleanLine(found.office()),
      CleanLine(workplace->exchange().NameOf(found.party())), NameOf(found.type()));
  for (const v1::CredentialRecord& credential : found.credentials()) {
    std::vector<std::string> scopes;
    for (const int scope : credential.scopes()) {
      scopes.push_back(NameOf(static_cast<v1::Scope>(scope)));
    }
    text += fmt::format("credential  {}\n  valid     {} to {}\n  now       {}\n  may       {}\n",
                        ToHex(credential.credential()), FormatUtc(TimeOf(credential.not_before())),
                        FormatUtc(TimeOf(credential.not_after())), UseText(credential, now),
                        fmt::join(scopes, ", "));
  }
  if (found.has_grant()) {
    text += fmt::format("reads       {} up to {}\n", NameOf(found.grant().reading()),
                        NameOf(found.grant().ceiling()));
  }
  context.terminal.Print(text);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::OfficeRecord> FindNamedOffice(Workplace& workplace, const std::string& name) {
  const size_t dash = name.find('-');
  if (dash == std::string::npos) {
    return UsageError("an office is named by party and office, for instance LV-duty");
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices,
                       ListOffices(workplace.replica(), name.substr(0, dash)));
  for (const v1::OfficeRecord& office : offices) {
    if (office.office() == name.substr(dash + 1)) {
      return office;
    }
  }
  return absl::NotFoundError(fmt::format("there is no office {}", CleanLine(name)));
}

void AddDirectory(CLI::App& app, CommandContext& context) {
  CLI::App* const directory = AddCommand(
      app, "directory", "States and offices: list, enrol, credentials, what integrations may read",
      "cbm directory offices --party LV");
  directory->require_subcommand(1);
  const auto text = std::make_shared<std::string>();
  CLI::App* const states =
      AddCommand(*directory, "states", "List the States of your frameworks in order of protocol",
                 "cbm directory states --framework OSCE");
  states->add_option("--framework", *text, "Default: all of yours");
  Runs(states, context, [&context, text] { return RunStates(context, *text); });
  CLI::App* const offices =
      AddCommand(*directory, "offices", "List the offices of your frameworks' States",
                 "cbm directory offices --party LV");
  offices->add_option("--party", *text, "Default: every party");
  Runs(offices, context, [&context, text] { return RunOffices(context, *text); });
  CLI::App* const show =
      AddCommand(*directory, "show", "Show an office", "cbm directory show LV-duty");
  show->add_option("office", *text, "Party and office, for instance LV-duty")->required();
  Runs(show, context, [&context, text] { return RunShowOffice(context, *text); });
  AddDirectoryActs(*directory, context);
  AddCredentialChanges(*directory, context);
  AddRenew(*directory, context);
}

}  // namespace cbm
