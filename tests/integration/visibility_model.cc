#include "tests/integration/visibility_model.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/base/hex.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace cbm::test {
namespace {

constexpr std::string_view kSecretariat = "SECRETARIAT";
constexpr size_t kDigitsShown = 8;

struct Row {
  v1::ActKind kind;
  std::string_view audience;  // Its first letters; empty: any.
  std::string_view reader;
  v1::EntryRole role;
  bool act;  // Else a summary,
  bool party;
  bool commitment;
  bool manner;
};

// The table of docs/architecture.md, "Who gets an entry", and what DESIGN's rules say of summaries:
// the secretariat knows who sent, and an addressee that acts by its commitment; the auditor knows
// the party of acts of the directory alone.
// clang-format off
constexpr Row kTable[] = {
  {v1::ACT_KIND_SUBMIT, "NAMED", kAddressee, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUBMIT, "NAMED", kTheSecretariat, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_SUBMIT, "ALL", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUBMIT, "SEC", kTheSecretariat, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUBMIT, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, false, false, false},
  {v1::ACT_KIND_REPLY, "", kAddressee, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_REPLY, "NAMED", kTheSecretariat, v1::ENTRY_ROLE_HEADER, false, false, true, false},
  {v1::ACT_KIND_REPLY, "ALL", kTheSecretariat, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_REPLY, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, false, false, false},
  {v1::ACT_KIND_OPEN, "", kSender, v1::ENTRY_ROLE_INFORMED, false, true, false, true},
  {v1::ACT_KIND_ACKNOWLEDGE, "", kSender, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_ACKNOWLEDGE, "NAMED", kTheSecretariat, v1::ENTRY_ROLE_HEADER, false, false, true, true},
  {v1::ACT_KIND_ACKNOWLEDGE, "ALL", kTheSecretariat, v1::ENTRY_ROLE_HEADER, false, true, false, true},
  {v1::ACT_KIND_ACKNOWLEDGE, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, false, false, false},
  {v1::ACT_KIND_ENROL, "", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_ENROL, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_ENROL, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_GRANT_INTEGRATION, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUSPEND_CREDENTIAL, "", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUSPEND_CREDENTIAL, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_SUSPEND_CREDENTIAL, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_RESTORE_CREDENTIAL, "", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_RESTORE_CREDENTIAL, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_RESTORE_CREDENTIAL, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_REVOKE_CREDENTIAL, "", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_REVOKE_CREDENTIAL, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_REVOKE_CREDENTIAL, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, true, false, false},
  {v1::ACT_KIND_RENEW_CREDENTIAL, "", kFramework, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_RENEW_CREDENTIAL, "", kConcerned, v1::ENTRY_ROLE_ADDRESSED, true, false, false, false},
  {v1::ACT_KIND_RENEW_CREDENTIAL, "", kTheAuditor, v1::ENTRY_ROLE_HEADER, false, true, false, false},
};
// clang-format on

std::string Shown(const std::string& digest) { return ToHex(digest).substr(0, kDigitsShown); }

std::string LedgerOf(std::string_view party, std::string_view office, v1::OfficeType type) {
  if (party == kSecretariat) {
    return "secretariat";
  }
  if (party == "AUDITOR") {
    return "auditor";
  }
  return type == v1::OFFICE_TYPE_INTEGRATION ? fmt::format("integration/{}-{}", party, office)
                                             : fmt::format("state/{}", party);
}

// The party that an administrative act is about; of others, who acts.
std::string PartyTold(const v1::Act& act, const ModelOffice& author) {
  if (act.has_suspend_credential()) {
    return act.suspend_credential().of().party();
  }
  if (act.has_restore_credential()) {
    return act.restore_credential().of().party();
  }
  if (act.has_revoke_credential()) {
    return act.revoke_credential().of().party();
  }
  return act.has_enrol() ? act.enrol().party() : author.party;
}

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

std::string Told::Text() const {
  return fmt::format(
      "{} {} {}{}{} openings {} states {} delivered {} {{{}}} commitment '{}' {{{}}}",
      v1::ActKind_Name(kind), Shown(digest), v1::EntryRole_Name(role), act ? ", act" : "",
      content ? ", content" : "", openings, states, delivered, summary.ShortDebugString(),
      commitment, consultation.ShortDebugString());
}

VisibilityModel::VisibilityModel(const v1::Genesis& genesis, const std::string& genesis_digest) {
  offices_.push_back({.party = std::string(kSecretariat),
                      .office = "main",
                      .type = v1::OFFICE_TYPE_SECRETARIAT,
                      .ledger = "secretariat",
                      .credentials = {CredentialOf(genesis.secretariat_certificate())}});
  for (const v1::Framework& framework : genesis.frameworks()) {
    std::vector<std::string>& states = frameworks_[framework.id()];
    for (const v1::Member& member : framework.members()) {
      if (member.membership() == v1::MEMBERSHIP_PARTICIPATING) {
        states.push_back(member.code());
      }
    }
    std::sort(states.begin(), states.end());
    ledgers_["ALL/" + framework.id()].push_back(
        {.digest = genesis_digest, .role = v1::ENTRY_ROLE_INFORMED, .states = states});
  }
}

absl::StatusCode VisibilityModel::Take(const v1::Act& act, const std::string& digest,
                                       const std::vector<std::string>& states, absl::Time now) {
  const auto take = [&] {
    switch (act.kind_case()) {
      case v1::Act::kSubmit:
      case v1::Act::kReply:
        return TakeSent(act, digest, states);
      case v1::Act::kOpen:
        return TakeOpen(act, digest);
      case v1::Act::kAcknowledge:
        return TakeAcknowledge(act, digest);
      case v1::Act::kConsultationRequest:
        return TakeRequest(act, digest, states, now);
      case v1::Act::kEnrol:
        return TakeEnrol(act, digest);
      case v1::Act::kGrantIntegration:
        return TakeGrant(act, digest);
      case v1::Act::kSuspendCredential:
      case v1::Act::kRestoreCredential:
      case v1::Act::kRevokeCredential:
        return TakeChange(act, digest);
      case v1::Act::kRenewCredential:
        return TakeRenewal(act, digest);
      default:
        return TakeInConsultation(act, digest, now);
    }
  };
  const absl::StatusCode code = MaySign(act) ? take() : absl::StatusCode::kUnauthenticated;
  if (code == absl::StatusCode::kOk) {
    own_[fmt::format("{}/{}/{}", act.party(), act.office(), act.act_id())] =
        Office(act.party(), act.office()).ledger;
  }
  return code;
}

absl::StatusCode VisibilityModel::TakeEnrol(const v1::Act& act, const std::string& digest) {
  const v1::Enrol& enrol = act.enrol();
  if (act.party() != kSecretariat) {
    return absl::StatusCode::kPermissionDenied;
  }
  for (const ModelOffice& office : offices_) {
    if (office.party == enrol.party() && office.office == enrol.office()) {
      return absl::StatusCode::kFailedPrecondition;
    }
  }
  std::vector<std::string> delivered = FrameworksOf(enrol.party());
  Readers readers{{kFramework, delivered},
                  {kConcerned, {LedgerOf(enrol.party(), enrol.office(), v1::OFFICE_TYPE_DUTY)}}};
  if (enrol.party() != "AUDITOR") {
    delivered.push_back(enrol.party());
    readers[kTheAuditor] = {"auditor"};
  }
  if (enrol.type() == v1::OFFICE_TYPE_INTEGRATION) {
    readers[kConcerned].push_back(LedgerOf(enrol.party(), enrol.office(), enrol.type()));
  }
  Telling telling{.act = act,
                  .author = Office(act.party(), act.office()),
                  .told = {.digest = digest, .kind = v1::ACT_KIND_ENROL}};
  telling.told.summary.set_new_state("enrolled");
  telling.told.summary.set_record_version(1);
  TellAll(telling, "", readers);
  TellAuthor(telling, delivered);
  const auto& scopes = enrol.credential().scopes();
  const std::string ledger = LedgerOf(enrol.party(), enrol.office(), enrol.type());
  offices_.push_back(
      {.party = enrol.party(),
       .office = enrol.office(),
       .type = enrol.type(),
       .ledger = ledger,
       .may_consult = std::count(scopes.begin(), scopes.end(), v1::SCOPE_CONSULT) != 0 &&
                      ledger.starts_with("state/"),
       .credentials = {CredentialOf(enrol.credential().certificate())}});
  return absl::StatusCode::kOk;
}

absl::StatusCode VisibilityModel::TakeGrant(const v1::Act& act, const std::string& digest) {
  const ModelOffice author = Office(act.party(), act.office());
  for (ModelOffice& office : offices_) {
    if (office.party != act.party() || office.office != act.grant_integration().office() ||
        !office.is_integration()) {
      continue;
    }
    const Telling telling{.act = act,
                          .author = author,
                          .told = {.digest = digest, .kind = v1::ACT_KIND_GRANT_INTEGRATION}};
    TellAll(telling, "", {{kConcerned, {office.ledger}}});
    TellAuthor(telling, {});
    office.ceiling = act.grant_integration().ceiling();
    return absl::StatusCode::kOk;
  }
  return absl::StatusCode::kNotFound;
}

void VisibilityModel::TellAll(const Telling& telling, std::string_view audience,
                              const Readers& readers) {
  for (const Row& row : kTable) {
    const auto found = readers.find(row.reader);
    if (row.kind != telling.told.kind || !audience.starts_with(row.audience) ||
        found == readers.end()) {
      continue;
    }
    for (const std::string& ledger : found->second) {
      Told told = telling.told;
      told.role = row.role;
      told.act = row.act;
      told.content = row.act && told.content;
      if (row.reader == kAddressee && !telling.shown) {
        told.openings = {ledger.substr(ledger.find('/') + 1)};
        told.states = told.openings;
      }
      if (row.reader == kTheAuditor) {
        told.openings.clear();
        told.states.clear();
      }
      if (row.act) {
        told.summary.Clear();
      }
      if (!row.manner) {
        told.summary.clear_manner();
      }
      if (row.party) {
        told.summary.set_party(PartyTold(telling.act, telling.author));
      }
      told.commitment = row.commitment ? telling.author.party : "";
      Tell(ledger, telling, std::move(told));
    }
  }
}

void VisibilityModel::TellAuthor(const Telling& telling, std::vector<std::string> delivered) {
  Told told = telling.told;
  told.act = true;
  told.summary.Clear();
  if (telling.author.is_integration()) {
    told.role = v1::ENTRY_ROLE_INFORMED;
    Tell("state/" + telling.author.party, telling, told);
  }
  std::sort(delivered.begin(), delivered.end());
  told.role = v1::ENTRY_ROLE_OWN;
  told.delivered = std::move(delivered);
  Tell(telling.author.ledger, telling, told);
}

void VisibilityModel::Tell(const std::string& ledger, const Telling& telling, Told told) {
  Remember(ledger, telling);
  ledgers_[ledger].push_back(told);
  if (!ledger.starts_with("state/")) {
    return;
  }
  told.role = v1::ENTRY_ROLE_INFORMED;
  told.delivered.clear();
  for (const ModelOffice& office : offices_) {
    if (office.is_integration() && "state/" + office.party == ledger &&
        IsPassedOn(telling, office)) {
      Tell(office.ledger, telling, told);
    }
  }
}

// What the ledger shows of what its own State did.
void VisibilityModel::Remember(const std::string& ledger, const Telling& telling) {
  const std::string& party = telling.author.party;
  if (telling.act.references().empty() ||
      (ledger != telling.author.ledger && ledger != "state/" + party &&
       !ledger.starts_with("integration/" + party + "-"))) {
    return;
  }
  const std::string& about = telling.act.references(0).act_digest();
  if (telling.act.has_open()) {
    opened_by_office_.insert({ledger, about, telling.author.office});
    opened_by_state_.insert({ledger, about, party});
  } else if (telling.act.has_acknowledge()) {
    acknowledged_.insert({ledger, about});
  } else if (telling.act.reply().outcome() > v1::REPLY_OUTCOME_INTERIM) {
    answered_.insert({ledger, about});
  }
}

bool VisibilityModel::IsPassedOn(const Telling& telling, const ModelOffice& integration) const {
  const bool is_author =
      telling.author.party == integration.party && telling.author.office == integration.office;
  return !telling.about.empty() && !is_author && integration.ceiling.has_value() &&
         std::all_of(telling.about.begin(), telling.about.end(),
                     [&](const ModelNotification* about) {
                       return about->strictest <= *integration.ceiling &&
                              !about->IsKeptFrom(integration.party, v1::OFFICE_TYPE_INTEGRATION);
                     });
}

const Told* VisibilityModel::FindIn(const std::string& ledger, const std::string& digest) const {
  for (const Told& told : Ledger(ledger)) {
    if (told.digest == digest) {
      return &told;
    }
  }
  return nullptr;
}

const std::vector<Told>& VisibilityModel::Ledger(const std::string& ledger) const {
  static const auto* const kNone = new std::vector<Told>();
  const auto found = ledgers_.find(ledger);
  return found == ledgers_.end() ? *kNone : found->second;
}

std::set<std::string> VisibilityModel::Ledgers() const {
  std::set<std::string> names;
  for (const auto& [ledger, told] : ledgers_) {
    names.insert(ledger);
  }
  return names;
}

const ModelOffice& VisibilityModel::Office(std::string_view party, std::string_view office) const {
  for (const ModelOffice& known : offices_) {
    if (known.party == party && known.office == office) {
      return known;
    }
  }
  static_cast<void>(std::fputs("the model has no such office\n", stderr));
  std::abort();
}

std::vector<std::string> VisibilityModel::FrameworksOf(std::string_view party) const {
  std::vector<std::string> ledgers;
  for (const auto& [framework, states] : frameworks_) {
    if (party == kSecretariat || party == "AUDITOR" || Contains(states, std::string(party))) {
      ledgers.push_back("ALL/" + framework);
    }
  }
  return ledgers;
}

std::vector<std::string> VisibilityModel::Readable(const ModelOffice& office) const {
  std::vector<std::string> ledgers = {office.ledger};
  if (office.party != "AUDITOR") {  // Told to all of, it is told nothing.
    const std::vector<std::string> all = FrameworksOf(office.party);
    ledgers.insert(ledgers.end(), all.begin(), all.end());
  }
  return ledgers;
}

bool VisibilityModel::Knows(const ModelOffice& reader, const ModelOffice& office) const {
  if (reader.ledger == office.ledger && reader.party != kSecretariat) {
    return true;
  }
  const std::vector<std::string> readable = Readable(reader);
  for (const std::string& all : FrameworksOf(office.party)) {
    if (Contains(readable, all)) {
      return true;
    }
  }
  return false;
}

bool VisibilityModel::Has(const ModelOffice& reader, const ModelNotification& notification) const {
  for (const std::string& ledger : Readable(reader)) {
    if (FindIn(ledger, notification.digest) != nullptr) {
      return true;
    }
  }
  return false;
}

absl::StatusCode VisibilityModel::ContentFor(const ModelOffice& reader,
                                             const std::string& act) const {
  const ModelNotification* const notification = FindNotification(act);
  for (const std::string& ledger : Readable(reader)) {
    const Told* const told = FindIn(ledger, act);
    if (told == nullptr || !told->content) {
      continue;
    }
    if (notification == nullptr) {
      return absl::StatusCode::kOk;  // Of a consultation: who is given the act is given this.
    }
    const bool above_ceiling =
        reader.is_integration() && ledger.starts_with("ALL/") &&
        (!reader.ceiling.has_value() || notification->said.marking() > *reader.ceiling);
    if (above_ceiling || notification->IsKeptFrom(reader.party, reader.type)) {
      continue;
    }
    if (notification->party == reader.party || notification->audience != "NAMED" ||
        opened_by_office_.count({ledger, act, reader.office}) != 0) {
      return absl::StatusCode::kOk;
    }
    return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kNotFound;
}

std::string VisibilityModel::LedgerOfAct(std::string_view party, std::string_view office,
                                         const std::string& id) const {
  const auto found = own_.find(fmt::format("{}/{}/{}", party, office, id));
  return found == own_.end() ? "" : found->second;
}

}  // namespace cbm::test
