#ifndef CBM_TESTS_SUPPORT_TEST_EXCHANGE_H_
#define CBM_TESTS_SUPPORT_TEST_EXCHANGE_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/genesis.pb.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/note_key.h"
#include "core/evidence/genesis.h"
#include "core/rules/exchange.h"
#include "tests/support/test_pki.h"

namespace cbm::test {

namespace internal {

using Words = std::initializer_list<std::string_view>;

inline void AddTestFramework(std::string_view id, Words languages, v1::Genesis& genesis) {
  v1::Framework& framework = *genesis.add_frameworks();
  framework.set_id(std::string(id));
  framework.set_name(std::string(id));
  for (const std::string_view language : languages) {
    framework.add_languages(std::string(language));
  }
  for (int i = 1; i <= 16; ++i) {
    v1::Measure& measure = *framework.add_measures();
    measure.set_id(std::string(id) + "-" + std::to_string(i));
    measure.set_title("Measure " + std::to_string(i));
  }
  v1::Clocks& clocks = *framework.mutable_clocks();
  clocks.mutable_acknowledge_emergency()->set_seconds(absl::ToInt64Seconds(absl::Hours(2)));
  clocks.mutable_acknowledge_urgent()->set_seconds(absl::ToInt64Seconds(absl::Hours(24)));
  clocks.mutable_acknowledge_routine()->set_seconds(absl::ToInt64Seconds(absl::Hours(5 * 24)));
  clocks.mutable_incident_follow_up()->set_seconds(absl::ToInt64Seconds(absl::Hours(72)));
  clocks.mutable_incident_final()->set_seconds(absl::ToInt64Seconds(absl::Hours(30 * 24)));
  clocks.mutable_consultation_answer_urgent()->set_seconds(absl::ToInt64Seconds(absl::Hours(48)));
  clocks.mutable_consultation_answer_routine()->set_seconds(
      absl::ToInt64Seconds(absl::Hours(10 * 24)));
}

// To the framework that was added last.
inline void AddTestMember(std::string_view code, std::string_view name, v1::Membership membership,
                          v1::Genesis& genesis) {
  v1::Framework& framework = *genesis.mutable_frameworks(genesis.frameworks_size() - 1);
  v1::Member& member = *framework.add_members();
  member.set_code(std::string(code));
  member.set_name(std::string(name));
  member.set_membership(membership);
  member.set_protocol_order(static_cast<uint32_t>(framework.members_size()));
}

inline v1::NotificationKind& AddTestKind(std::string_view kind, std::string_view name,
                                         Words audiences, bool asked, v1::Genesis& genesis) {
  v1::NotificationKind& added = *genesis.add_notification_kinds();
  added.set_kind(std::string(kind));
  added.set_name(std::string(name));
  for (const std::string_view audience : audiences) {
    added.add_audiences(std::string(audience));
  }
  for (const std::string_view precedence : {"ROUTINE", "URGENT", "EMERGENCY"}) {
    added.add_precedences(std::string(precedence));
  }
  added.set_acknowledgement_asked(asked);
  added.set_made_by("notify");
  return added;
}

inline v1::FieldRule& AddTestField(std::string_view name, v1::FieldType type, bool required,
                                   v1::NotificationKind& kind) {
  v1::FieldRule& rule = *kind.add_fields();
  rule.set_name(std::string(name));
  rule.set_type(type);
  rule.set_required(required);
  rule.set_place(v1::FIELD_PLACE_FIELD);
  rule.set_question("Which " + std::string(name) + "?");
  return rule;
}

inline void AddTestFrameworks(v1::Genesis& genesis) {
  AddTestFramework("OSCE", {"en", "fr", "ru"}, genesis);
  AddTestMember("EE", "Estonia", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("FI", "Finland", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("LV", "Latvia", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("LT", "Lithuania", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("SE", "Sweden", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("JP", "Japan", v1::MEMBERSHIP_PARTNER, genesis);
  AddTestFramework("UN", {"en", "fr"}, genesis);
  AddTestMember("EE", "Estonia", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("FI", "Finland", v1::MEMBERSHIP_PARTICIPATING, genesis);
  AddTestMember("LV", "Latvia", v1::MEMBERSHIP_PARTICIPATING, genesis);
}

inline void AddTestKinds(v1::Genesis& genesis) {
  AddTestKind("INC", "Incident", {"NAMED", "ALL"}, true, genesis)
      .add_clocks(v1::NOTIFICATION_CLOCK_INCIDENT);
  AddTestKind("FRE", "Free text", {"NAMED", "ALL", "SECRETARIAT"}, false, genesis);
  v1::NotificationKind& event = AddTestKind("EVT", "Event", {"NAMED", "ALL"}, false, genesis);
  AddTestField("title", v1::FIELD_TYPE_TEXT, true, event);
  AddTestField("day", v1::FIELD_TYPE_DATE, true, event);
  AddTestField("text", v1::FIELD_TYPE_LINES, true, event).set_place(v1::FIELD_PLACE_BODY);
  AddTestField("level", v1::FIELD_TYPE_NUMBER, false, event);
  AddTestKind("INQ", "Inquiry", {"NAMED", "ALL"}, true, genesis)
      .add_clocks(v1::NOTIFICATION_CLOCK_ANSWER);
  AddTestKind("RSP", "Reply", {"NAMED"}, false, genesis).set_made_by("reply");
  v1::NotificationKind& request =
      AddTestKind("CRQ", "Request for consultation", {"NAMED"}, true, genesis);
  request.set_made_by("consult");
  request.add_required_fields("subject");
  request.mutable_precedences()->RemoveLast();  // EMERGENCY.
}

}  // namespace internal

// Makes the frameworks and kinds of TestExchange: the part of a genesis that has no keys.
//
// OSCE: EE, LV, FI, LT and SE participate, JP is a partner. UN: EE, LV and FI participate. Kinds:
// INC (named, acknowledged, with an incident's clocks) and FRE (to all), which say what they like;
// EVT (named or to all), which has a form; INQ, which asks for an answer; RSP, which is a reply;
// CRQ, which asks to consult.
inline v1::Genesis TestGenesis() {
  v1::Genesis genesis;
  genesis.set_purpose("cbm.v1/genesis");
  genesis.set_version(1);
  genesis.set_name("test");
  internal::AddTestFrameworks(genesis);
  internal::AddTestKinds(genesis);
  return genesis;
}

// A small exchange as its secretariat founded it: keys, document and signature. Keys are new in
// each run.
struct TestExchange {
  explicit TestExchange(const v1::Genesis& without_keys = TestGenesis(),
                        const IssueOptions& secretariat_certificate = {})
      : secretariat(pki.Issue("Secretariat", secretariat_certificate)),
        log_key(NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value()) {
    v1::Genesis genesis = without_keys;
    genesis.set_log_key(log_key.public_key());
    genesis.set_secretariat_certificate(secretariat.certificate.der());
    document = ReadGenesis(WriteGenesis(genesis).value()).value();
    signature = SignDetached(secretariat.certificate, *secretariat.key, document.bytes).value();
  }

  rules::Exchange exchange() const {
    return rules::Exchange::Create(document.genesis, document.exchange_id,
                                   {.not_before = document.secretariat_not_before,
                                    .not_after = document.secretariat_not_after})
        .value();
  }

  TestPki pki;
  Issued secretariat;
  NoteSigningKey log_key;
  GenesisDocument document;
  std::string signature;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_TEST_EXCHANGE_H_
