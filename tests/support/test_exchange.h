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

// Makes the frameworks and kinds of TestExchange: the part of a genesis that has no keys.
//
// OSCE: EE, LV, FI, LT and SE participate, JP is a partner. UN: EE, LV and FI participate. Kinds:
// INC (named, acknowledged, with an incident's clocks) and FRE (to all), which say what they like;
// EVT (named or to all), which has a form; INQ, which asks for an answer; RSP, which is a reply.
inline v1::Genesis TestGenesis() {
  v1::Genesis genesis;
  genesis.set_purpose("cbm.v1/genesis");
  genesis.set_version(1);
  genesis.set_name("test");

  const auto add_framework = [&](std::string_view id,
                                 std::initializer_list<std::string_view> languages) {
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
  };
  const auto add_member = [&](int framework, std::string_view code, std::string_view name,
                              v1::Membership membership) {
    v1::Framework& of = *genesis.mutable_frameworks(framework);
    v1::Member& member = *of.add_members();
    member.set_code(std::string(code));
    member.set_name(std::string(name));
    member.set_membership(membership);
    member.set_protocol_order(static_cast<uint32_t>(of.members_size()));
  };
  add_framework("OSCE", {"en", "fr", "ru"});
  add_member(0, "EE", "Estonia", v1::MEMBERSHIP_PARTICIPATING);
  add_member(0, "FI", "Finland", v1::MEMBERSHIP_PARTICIPATING);
  add_member(0, "LV", "Latvia", v1::MEMBERSHIP_PARTICIPATING);
  add_member(0, "LT", "Lithuania", v1::MEMBERSHIP_PARTICIPATING);
  add_member(0, "SE", "Sweden", v1::MEMBERSHIP_PARTICIPATING);
  add_member(0, "JP", "Japan", v1::MEMBERSHIP_PARTNER);
  add_framework("UN", {"en", "fr"});
  add_member(1, "EE", "Estonia", v1::MEMBERSHIP_PARTICIPATING);
  add_member(1, "FI", "Finland", v1::MEMBERSHIP_PARTICIPATING);
  add_member(1, "LV", "Latvia", v1::MEMBERSHIP_PARTICIPATING);

  const auto add_kind = [&](std::string_view kind, std::string_view name,
                            std::initializer_list<std::string_view> audiences, bool asked) {
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
  };
  add_kind("INC", "Incident", {"NAMED", "ALL"}, true);
  add_kind("FRE", "Free text", {"NAMED", "ALL", "SECRETARIAT"}, false);
  add_kind("EVT", "Event", {"NAMED", "ALL"}, false);
  add_kind("INQ", "Inquiry", {"NAMED", "ALL"}, true);
  add_kind("RSP", "Reply", {"NAMED"}, false);
  genesis.mutable_notification_kinds(0)->add_clocks(v1::NOTIFICATION_CLOCK_INCIDENT);
  genesis.mutable_notification_kinds(3)->add_clocks(v1::NOTIFICATION_CLOCK_ANSWER);
  genesis.mutable_notification_kinds(4)->set_made_by("reply");
  const auto add_field = [&](std::string_view name, v1::FieldType type, bool required,
                             v1::FieldPlace place = v1::FIELD_PLACE_FIELD) {
    v1::FieldRule& rule = *genesis.mutable_notification_kinds(2)->add_fields();
    rule.set_name(std::string(name));
    rule.set_type(type);
    rule.set_required(required);
    rule.set_place(place);
    rule.set_question("Which " + std::string(name) + "?");
  };
  add_field("title", v1::FIELD_TYPE_TEXT, true);
  add_field("day", v1::FIELD_TYPE_DATE, true);
  add_field("text", v1::FIELD_TYPE_LINES, true, v1::FIELD_PLACE_BODY);
  add_field("level", v1::FIELD_TYPE_NUMBER, false);
  add_kind("CRQ", "Request for consultation", {"NAMED"}, true);
  v1::NotificationKind& request = *genesis.mutable_notification_kinds(5);
  request.set_made_by("consult");
  request.add_required_fields("subject");
  request.mutable_precedences()->RemoveLast();  // EMERGENCY.
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
    return rules::Exchange::Create(document.genesis, document.exchange_id).value();
  }

  TestPki pki;
  Issued secretariat;
  NoteSigningKey log_key;
  GenesisDocument document;
  std::string signature;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_TEST_EXCHANGE_H_
