#include "tests/integration/random_history.h"

#include <algorithm>
#include <regex>
#include <utility>

#include "absl/status/status.h"
#include "core/crypto/digest.h"
#include "core/evidence/domain_hash.h"
#include "fmt/format.h"
#include "gtest/gtest.h"

namespace cbm::test {
namespace {

// EE, FI and LV are of both frameworks, LT and SE of OSCE, BR of UN.
v1::Genesis GenesisOfSix() {
  v1::Genesis genesis = TestGenesis();
  v1::Member& member = *genesis.mutable_frameworks(1)->add_members();
  member.set_code("BR");
  member.set_name("Brazil");
  member.set_membership(v1::MEMBERSHIP_PARTICIPATING);
  member.set_protocol_order(4);
  return genesis;
}

}  // namespace

const std::map<std::string, std::vector<std::string>>& FrameworksOfHistories() {
  static const auto* const kMembers = new std::map<std::string, std::vector<std::string>>{
      {"OSCE", {"EE", "FI", "LT", "LV", "SE"}}, {"UN", {"BR", "EE", "FI", "LV"}}};
  return *kMembers;
}

RandomHistory::RandomHistory(uint64_t seed)
    : dice_(seed),
      exchange_({.genesis = GenesisOfSix()}),
      model_(exchange_.genesis().genesis, std::string(BytesOf(exchange_.genesis().digest))) {
  const std::vector<v1::Scope> consulting = {v1::SCOPE_READ, v1::SCOPE_RELEASE,
                                             v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_CONSULT};
  for (const char* const state : {"LT", "SE", "BR"}) {
    exchange_.Enrol({.party = state, .scopes = consulting});
  }
  exchange_.Enrol(
      {.party = "FI", .name = "tech", .type = v1::OFFICE_TYPE_TECHNICAL, .scopes = consulting});
  exchange_.Enrol({.party = "AUDITOR",
                   .name = "audit",
                   .type = v1::OFFICE_TYPE_AUDITOR,
                   .scopes = {v1::SCOPE_READ}});
  for (const char* const state : {"EE", "LV"}) {
    exchange_.Enrol({.party = state,
                     .name = "admin",
                     .type = v1::OFFICE_TYPE_POLICY,
                     .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE,
                                v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY}});
    exchange_.Enrol({.party = state,
                     .name = "siem",
                     .type = v1::OFFICE_TYPE_INTEGRATION,
                     .scopes = consulting});  // Of which it may not make use.
  }
  exchange_.Enrol({.party = "LV", .name = "feed", .type = v1::OFFICE_TYPE_INTEGRATION});
  for (const ServedExchange::Enrolment& enrolment : exchange_.enrolments()) {
    v1::Act act;
    act.ParseFromString(enrolment.request.signed_act().act());
    const auto code =
        model_.Take(act, std::string(BytesOf(DigestOf(enrolment.request))), {}, Now());
    EXPECT_EQ(code, absl::StatusCode::kOk);
  }
}

void RandomHistory::Perform(const TestOffice& author, const v1::PerformActRequest& request,
                            const std::vector<std::string>& states) {
  v1::Act act;
  ASSERT_TRUE(act.ParseFromString(request.signed_act().act()));
  for (const v1::AddresseeOpening& opening : request.addressees()) {
    commitments_[std::string(BytesOf(AddresseeCommitment(opening.salt(), opening.state())))] =
        opening.state();
  }
  const LedgerHeads before = exchange_.Heads();
  const absl::StatusCode expected =
      model_.Take(act, std::string(BytesOf(DigestOf(request))), states, Now());
  const auto taken = exchange_.Perform(author, request);
  ASSERT_EQ(taken.status().code(), expected) << act.ShortDebugString() << taken.status();
  acts_.emplace_back(model_.Office(author.party, author.name), act.act_id());
  tried_.insert({static_cast<v1::ActKind>(act.kind_case()), expected});
  if (taken.ok()) {
    for (const v1::Content& content : request.contents()) {
      const Digest said = ContentDigest(content.open().salt(), content.open().plaintext());
      model_.AddContent(std::string(BytesOf(DigestOf(request))), std::string(BytesOf(said)));
    }
    if (act.signing_credential() == BytesOf(author.credential.certificate.fingerprint())) {
      taken_.push_back(
          {.author = &author, .request = request, .entry = taken->receipt().evidence(0).entry()});
    }
    return;
  }
  ASSERT_EQ(exchange_.Heads(), before) << act.ShortDebugString();
  CheckRefusal(act, taken.status());
}

// Some of what is said has an annex, and a translation.
void RandomHistory::Say(const TestOffice& author, Draft draft,
                        const std::vector<std::string>& states) {
  if (!draft.contents.empty() && Roll(3) == 0) {
    exchange_.SetManifestWithAnnex(draft);
  }
  Perform(author, ServedExchange::Sign(author, draft), states);
}

// Whoever acts for a party set that has changed is shown the new one, and nobody else.
void RandomHistory::CheckRefusal(const v1::Act& act, const absl::Status& status) {
  const std::string id = ConsultationIdIn(act);
  const ModelConsultation* const consultation =
      model_.KnownBy(model_.Office(act.party(), act.office()).ledger, id);
  if (!absl::IsAborted(status) || consultation == nullptr ||
      act.audience().party_set().digest() == consultation->PartySet()) {
    return;
  }
  std::vector<std::string> expected(consultation->parties().begin(), consultation->parties().end());
  expected.insert(expected.end(), consultation->invitees().begin(), consultation->invitees().end());
  std::vector<std::string> shown;
  const std::string text = status.ToString();
  static const std::regex& code = *new std::regex("\\b[A-Z]{2}\\b");
  for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it) {
    shown.push_back(it->str());
  }
  ASSERT_EQ(shown, expected) << text;
}

// The same again writes nothing and answers the same; other bytes by the same id are refused, and
// both if the credential that signed is out of use meanwhile.
void RandomHistory::Repeat() {
  if (taken_.empty()) {
    return;
  }
  const Taken& taken = taken_[Roll(taken_.size())];
  v1::PerformActRequest request = taken.request;
  Draft other;
  ASSERT_TRUE(other.act.ParseFromString(request.signed_act().act()));
  const bool may_sign = model_.MaySign(other.act);
  const bool same = Roll(2) == 0;
  if (!same) {
    other.act.mutable_valid_until()->set_seconds(other.act.valid_until().seconds() - 1);
    *request.mutable_signed_act() = ServedExchange::Sign(*taken.author, other).signed_act();
  }
  const LedgerHeads before = exchange_.Heads();
  const auto again =
      exchange_.Perform(exchange_.Office(taken.author->party, taken.author->name), request);
  ASSERT_EQ(exchange_.Heads(), before);
  if (!may_sign) {
    ASSERT_EQ(again.status().code(), absl::StatusCode::kUnauthenticated);
    return;
  }
  ASSERT_EQ(again.status().code(), same ? absl::StatusCode::kOk : absl::StatusCode::kAlreadyExists);
  if (same) {
    ASSERT_EQ(again->receipt().evidence(0).entry(), taken.entry);
  }
}

const TestOffice& RandomHistory::AnyOfficeOf(const std::vector<std::string>& parties) {
  std::vector<ModelOffice> authors = model_.offices();
  std::erase_if(authors, [&](const ModelOffice& office) {
    return std::count(parties.begin(), parties.end(), office.party) == 0;
  });
  const ModelOffice by = Any(authors);
  return exchange_.Office(by.party, by.office);
}

const TestOffice& RandomHistory::AnyReaderOf(const ModelNotification& notification,
                                             const std::vector<std::string>& parties) {
  std::vector<std::string> sent_to;
  for (const ModelOffice& office : model_.offices()) {
    if (office.party != notification.party && model_.Has(office, notification) &&
        std::count(parties.begin(), parties.end(), office.party) != 0) {
      sent_to.push_back(office.party);
    }
  }
  return AnyOfficeOf(sent_to.empty() || Roll(3) == 0 ? parties : sent_to);
}

std::string RandomHistory::AnyFrameworkOf(const std::string& party) {
  std::vector<std::string> frameworks;
  for (const auto& [framework, members] : FrameworksOfHistories()) {
    if (std::count(members.begin(), members.end(), party) != 0) {
      frameworks.push_back(framework);
    }
  }
  return frameworks.empty() ? "OSCE" : Any(frameworks);
}

void RandomHistory::Submit() {
  const TestOffice& author = AnyOfficeOf({"BR", "EE", "FI", "LT", "LV", "SE"});
  const std::string framework = AnyFrameworkOf(author.party);
  std::vector<std::string> states = FrameworksOfHistories().at(framework);
  std::erase(states, author.party);
  std::shuffle(states.begin(), states.end(), dice_);
  const size_t audience = Roll(6);  // Mostly by name.
  states.resize(audience < 2 ? 0 : 1 + Roll(states.size()));
  std::sort(states.begin(), states.end());
  Draft draft = exchange_.DraftSubmit(author, states);
  v1::Notification& notification = *draft.act.mutable_submit()->mutable_notification();
  notification.set_measures(0, framework + "-3");
  notification.set_marking(static_cast<v1::Marking>(1 + Roll(states.empty() ? 3 : 5)));
  if (audience == 0) {
    draft.act.mutable_audience()->mutable_all()->set_framework(framework);
  }
  if (!states.empty() && Roll(2) == 0) {
    draft.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_SHOWN);
  }
  if (notification.marking() == v1::MARKING_RED && Roll(2) == 0) {
    draft.act.add_office_filter(Any<v1::OfficeType>(
        {v1::OFFICE_TYPE_POLICY, v1::OFFICE_TYPE_TECHNICAL, v1::OFFICE_TYPE_DUTY}));
    if (Roll(2) == 0) {
      draft.act.add_office_filter(v1::OFFICE_TYPE_INTEGRATION);
    }
  }
  Say(author, std::move(draft), states);
}

// By anybody, of anything: much of it is refused.
void RandomHistory::OpenOrAcknowledge() {
  if (model_.notifications().empty()) {
    return;
  }
  const ModelNotification notification = Any(model_.notifications());
  const TestOffice& author =
      AnyReaderOf(notification, {"AUDITOR", "BR", "EE", "FI", "LT", "LV", "SE", "SECRETARIAT"});
  const Digest digest = Roll(20) == 0 ? Sha256(fmt::format("none {}", dice_()))
                                      : DigestFrom(notification.digest).value();
  Perform(author, Roll(2) == 0 ? exchange_.MakeOpen(author, digest)
                               : exchange_.MakeAcknowledge(author, digest));
}

// By any office of a State of the framework, to whomever: some of it is of another's, hangs on what
// is no first, or goes too far, and is refused.
void RandomHistory::FollowUp() {
  std::vector<ModelNotification> firsts = model_.notifications();
  if (Roll(4) != 0) {
    std::erase_if(firsts, [](const ModelNotification& sent) { return !sent.about.empty(); });
  }
  if (firsts.empty()) {
    return;
  }
  const ModelNotification first = Any(firsts);
  const std::string framework = first.said.measures(0).substr(0, first.said.measures(0).find('-'));
  const TestOffice& author =
      AnyOfficeOf(Roll(8) == 0 ? FrameworksOfHistories().at(framework) : std::vector{first.party});
  std::vector<std::string> states =
      first.audience == "NAMED" ? first.states : FrameworksOfHistories().at(framework);
  std::erase(states, author.party);
  std::shuffle(states.begin(), states.end(), dice_);
  const bool is_named =
      first.audience == "NAMED" || (first.audience != "SECRETARIAT" && Roll(2) == 0);
  states.resize(is_named && !states.empty() ? 1 + Roll(states.size()) : 0);
  if (is_named && Roll(3) == 0) {
    states = {Any(FrameworksOfHistories().at(framework))};  // Perhaps not of the first.
    std::erase(states, author.party);
  }
  std::sort(states.begin(), states.end());
  Draft draft = exchange_.DraftSubmit(author, states);
  v1::Submit& submit = *draft.act.mutable_submit();
  submit.set_follow_up(static_cast<v1::FollowUp>(1 + Roll(3)));
  v1::Notification& notification = *submit.mutable_notification();
  notification.set_measures(0, framework + "-3");
  const std::string kind = first.said.kind() == "RSP" ? "INC" : first.said.kind();
  notification.set_kind(states.empty() || Roll(10) == 0 ? "FRE" : kind);
  notification.set_marking(static_cast<v1::Marking>(1 + Roll(states.empty() ? 3 : 5)));
  if (states.empty() && first.audience.starts_with("ALL/")) {
    draft.act.mutable_audience()->mutable_all()->set_framework(framework);
  }
  if (!states.empty() && Roll(2) == 0) {
    draft.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_SHOWN);
  }
  if (!states.empty() && !first.filter.empty() && Roll(4) != 0) {
    notification.set_marking(v1::MARKING_RED);
    draft.act.add_office_filter(static_cast<v1::OfficeType>(*first.filter.begin()));
  }
  v1::Reference& reference = *draft.act.add_references();
  reference.set_act_digest(first.digest);
  reference.set_record_version(1);
  Say(author, std::move(draft), states);
}

// By any office of a State that could have it, of anything: much of it is refused.
void RandomHistory::Reply() {
  if (model_.notifications().empty()) {
    return;
  }
  const ModelNotification answered = Any(model_.notifications());
  const std::string& measure = answered.said.measures(0);
  const TestOffice& author =
      AnyReaderOf(answered, FrameworksOfHistories().at(measure.substr(0, measure.find('-'))));
  std::vector<std::string> states = {answered.party};
  if (answered.shown && answered.filter.empty() && Roll(2) == 0) {
    states.insert(states.end(), answered.states.begin(), answered.states.end());
    std::erase(states, author.party);
    std::sort(states.begin(), states.end());
    states.erase(std::unique(states.begin(), states.end()), states.end());
  }
  if (states.empty()) {
    return;
  }
  Draft draft = exchange_.DraftSubmit(author, states);
  const v1::Notification notification = draft.act.submit().notification();
  v1::Reply& reply = *draft.act.mutable_reply();
  *reply.mutable_notification() = notification;
  reply.mutable_notification()->set_kind("RSP");
  reply.mutable_notification()->set_measures(0, measure);
  reply.mutable_notification()->set_marking(static_cast<v1::Marking>(1 + Roll(5)));
  reply.set_quotes(v1::QUOTING_QUOTES_NOTHING);
  reply.set_outcome(static_cast<v1::ReplyOutcome>(1 + Roll(3)));
  if (Roll(2) == 0) {
    draft.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_SHOWN);
  }
  v1::Reference& reference = *draft.act.add_references();
  reference.set_act_digest(answered.digest);
  reference.set_record_version(1);
  Say(author, std::move(draft), states);
}

void RandomHistory::Grant() {
  const TestOffice& author = exchange_.Office(Roll(2) == 0 ? "EE" : "LV", "admin");
  const std::string office = Any<std::string>({"siem", "siem", "feed", "duty", "none"});
  Perform(author, exchange_.MakeGrant(author, office, static_cast<v1::Marking>(1 + Roll(5))));
}

// By the secretariat, or by somebody who may not.
void RandomHistory::Enrol() {
  if (Roll(2) == 0) {
    const TestOffice& author = exchange_.Office("EE", "admin");
    Perform(author, ServedExchange::Sign(
                        author, exchange_.DraftEnrol(author, {.party = "FI"}, author.credential)));
    return;
  }
  const std::string name = fmt::format("new{}", ++enrolled_);
  exchange_.Enrol({.party = Any<std::string>({"EE", "FI", "BR", "SE"}),
                   .name = name,
                   .type = Roll(2) == 0 ? v1::OFFICE_TYPE_INTEGRATION : v1::OFFICE_TYPE_DUTY});
  v1::Act act;
  const v1::PerformActRequest& request = exchange_.enrolments().back().request;
  act.ParseFromString(request.signed_act().act());
  ASSERT_EQ(model_.Take(act, std::string(BytesOf(DigestOf(request))), {}, Now()),
            absl::StatusCode::kOk);
  tried_.insert({v1::ACT_KIND_ENROL, absl::StatusCode::kOk});
}

// By the secretariat, the State or another, of an integration: it does nothing else meanwhile. What
// is suspended is restored before the step ends, so that all may read.
void RandomHistory::ChangeCredential() {
  const TestOffice& of = exchange_.Office(Roll(2) == 0 ? "EE" : "LV", "siem");
  const auto author = [&]() -> const TestOffice& { return AnyAdministrator(); };
  for (int i = 0; i < 2; ++i) {
    const TestOffice& by = author();
    Perform(by, exchange_.MakeSuspend(by, of));
    const TestOffice& restores = author();
    Perform(restores, exchange_.MakeRestore(restores, of));
  }
  if (!model_.MaySign(exchange_.NewAct(of))) {
    const TestOffice& own = exchange_.Office(of.party, "admin");
    Perform(own, exchange_.MakeRestore(own, of));
  }
}

const TestOffice& RandomHistory::AnyAdministrator() {
  return Roll(2) == 0 ? exchange_.Office("SECRETARIAT")
                      : exchange_.Office(Roll(2) == 0 ? "EE" : "LV", "admin");
}

v1::PerformActRequest RandomHistory::AnyChange(const TestOffice& by, const TestOffice& of) {
  switch (Roll(4)) {
    case 0:
      return exchange_.MakeSuspend(by, of);
    case 1:
      return exchange_.MakeRestore(by, of);
    default:
      return exchange_.MakeRevoke(by, of);
  }
}

// By any office, and more often by the secretariat. The old credential is then taken out of use, or
// not, by who may or who may not, and signs once more.
void RandomHistory::RenewCredential() {
  const ModelOffice of =
      Roll(4) == 0 ? model_.Office("SECRETARIAT", "main") : Any(model_.offices());
  const TestOffice& old = exchange_.Office(of.party, of.office);
  if (Roll(4) == 0) {
    Perform(old, exchange_.MakeRenew(old, old.credential));  // It is registered already.
  }
  Issued next = exchange_.IssueCertificate();
  Perform(old, exchange_.MakeRenew(old, next));
  const TestOffice& renewed = exchange_.Replace(old, std::move(next));
  for (int i = 0; i < 3; ++i) {
    const TestOffice& by = AnyAdministrator();
    Perform(by, AnyChange(by, old));
  }
  Perform(renewed, exchange_.MakeRenew(old, exchange_.IssueCertificate()));
}

void RandomHistory::Step() {
  exchange_.clock().Advance(absl::Minutes(1));
  const size_t roll = Roll(100);
  if (roll < 12) {
    Submit();
  } else if (roll < 19) {
    FollowUp();
  } else if (roll < 34) {
    OpenOrAcknowledge();
  } else if (roll < 44) {
    Reply();
  } else if (roll < 49) {
    Grant();
  } else if (roll < 52) {
    Repeat();
  } else if (roll < 54) {
    Enrol();
  } else if (roll < 56) {
    ChangeCredential();
  } else if (roll < 59) {
    RenewCredential();
  } else if (roll < 60) {
    exchange_.clock().Advance(absl::Hours(49));  // What was asked lapses.
  } else {
    Consult();
  }
}

std::string RandomHistory::StateBehind(const std::string& commitment) const {
  const auto found = commitments_.find(commitment);
  return found == commitments_.end() ? "unknown" : found->second;
}

}  // namespace cbm::test
