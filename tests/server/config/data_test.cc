// The data that an exchange starts from (data/): a State left out or counted twice here would be
// left out of, or counted twice in, every ALL of that framework.

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cbm/v1/genesis.pb.h"
#include "core/rules/form.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

v1::Framework ReadFramework(const std::string& path) {
  v1::Framework framework;
  const auto parsed = google::protobuf::util::JsonStringToMessage(ReadFile(path), &framework);
  EXPECT_TRUE(parsed.ok()) << path << ": " << parsed.ToString();
  return framework;
}

int CountOf(const v1::Framework& framework, v1::Membership membership) {
  int count = 0;
  for (const v1::Member& member : framework.members()) {
    count += member.membership() == membership ? 1 : 0;
  }
  return count;
}

uint32_t PlaceOf(const v1::Framework& framework, std::string_view code) {
  for (const v1::Member& member : framework.members()) {
    if (member.code() == code) {
      return member.protocol_order();
    }
  }
  ADD_FAILURE() << code << " is not a member of " << framework.id();
  return 0;
}

void ExpectMeasures(const v1::Framework& framework, int count) {
  ASSERT_EQ(framework.measures_size(), count);
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(framework.measures(i).id(), framework.id() + "-" + std::to_string(i + 1));
    EXPECT_NE(framework.measures(i).title(), "");
    EXPECT_NE(framework.measures(i).paraphrase(), "");
  }
}

// Each code once, two capital letters; the order of protocol has each place from 1 once.
void ExpectMembersInOrder(const v1::Framework& framework) {
  std::set<std::string> codes;
  std::set<uint32_t> places;
  for (const v1::Member& member : framework.members()) {
    EXPECT_THAT(member.code(), testing::MatchesRegex("[A-Z][A-Z]"));
    EXPECT_NE(member.name(), "") << member.code();
    EXPECT_TRUE(codes.insert(member.code()).second) << member.code();
    EXPECT_TRUE(places.insert(member.protocol_order()).second) << member.code();
  }
  EXPECT_EQ(*places.begin(), 1U);
  EXPECT_EQ(*places.rbegin(), places.size());
}

void ExpectClocks(const v1::Framework& framework) {
  const v1::Clocks& clocks = framework.clocks();
  EXPECT_EQ(clocks.acknowledge_emergency().seconds(), 2 * 3600);
  EXPECT_EQ(clocks.acknowledge_urgent().seconds(), 24 * 3600);
  EXPECT_EQ(clocks.acknowledge_routine().seconds(), 5 * 86400);
  EXPECT_EQ(clocks.incident_follow_up().seconds(), 72 * 3600);
  EXPECT_EQ(clocks.incident_final().seconds(), 30 * 86400);
  EXPECT_EQ(clocks.consultation_answer_urgent().seconds(), 48 * 3600);
  EXPECT_EQ(clocks.consultation_answer_routine().seconds(), 10 * 86400);
}

TEST(OsceData, IsWhole) {
  const v1::Framework osce = ReadFramework("data/frameworks/osce.json");
  EXPECT_EQ(osce.id(), "OSCE");
  EXPECT_EQ(CountOf(osce, v1::MEMBERSHIP_PARTICIPATING), 57);
  EXPECT_EQ(CountOf(osce, v1::MEMBERSHIP_PARTNER), 11);
  EXPECT_EQ(osce.members_size(), 57 + 11);
  EXPECT_THAT(osce.languages(), testing::ElementsAre("en", "fr", "de", "it", "ru", "es"));
  ExpectMeasures(osce, 16);
  ExpectMembersInOrder(osce);
  ExpectClocks(osce);
}

TEST(UnData, IsWhole) {
  const v1::Framework un = ReadFramework("data/frameworks/un.json");
  EXPECT_EQ(un.id(), "UN");
  EXPECT_EQ(CountOf(un, v1::MEMBERSHIP_PARTICIPATING), 193);
  EXPECT_EQ(CountOf(un, v1::MEMBERSHIP_PARTNER), 2);
  EXPECT_EQ(un.members_size(), 193 + 2);
  EXPECT_THAT(un.languages(), testing::ElementsAre("en", "ar", "zh", "fr", "ru", "es"));
  ExpectMeasures(un, 8);
  ExpectMembersInOrder(un);
  ExpectClocks(un);
}

TEST(Protocol, IsInFrench) {
  for (const char* path : {"data/frameworks/osce.json", "data/frameworks/un.json"}) {
    const v1::Framework framework = ReadFramework(path);
    // Albanie, Allemagne, Espagne, Estonie, États-Unis, Finlande, Pays-Bas, Royaume-Uni,
    // Saint-Marin, Saint-Siège, Suède, Türkiye.
    uint32_t last = 0;
    for (const char* code :
         {"AL", "DE", "ES", "EE", "US", "FI", "NL", "GB", "SM", "VA", "SE", "TR"}) {
      EXPECT_LT(last, PlaceOf(framework, code)) << path << ": " << code;
      last = PlaceOf(framework, code);
    }
  }
}

// The rules know a State by one name.
TEST(Frameworks, CallAStateTheSame) {
  const v1::Framework osce = ReadFramework("data/frameworks/osce.json");
  const v1::Framework un = ReadFramework("data/frameworks/un.json");
  for (const v1::Member& member : osce.members()) {
    for (const v1::Member& same : un.members()) {
      if (same.code() == member.code()) {
        EXPECT_EQ(same.name(), member.name());
      }
    }
  }
}

std::vector<v1::NotificationKind> ReadKinds() {
  std::vector<v1::NotificationKind> kinds;
  for (const nlohmann::json& element :
       nlohmann::json::parse(ReadFile("data/notification_kinds.json"))) {
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(element.dump(), &kinds.emplace_back());
    EXPECT_TRUE(parsed.ok()) << parsed.ToString();
  }
  return kinds;
}

TEST(NotificationKinds, AreKnownEachOnceWithTheCommandThatMakesThem) {
  std::map<std::string, std::set<std::string>> made;
  std::set<std::string> seen;
  for (const v1::NotificationKind& kind : ReadKinds()) {
    EXPECT_TRUE(seen.insert(kind.kind()).second) << kind.kind();
    EXPECT_NE(kind.name(), "");
    EXPECT_NE(kind.precedences_size(), 0) << kind.kind();
    made[kind.made_by()].insert(kind.kind());
  }
  EXPECT_EQ(seen.size(), 18U);
  EXPECT_THAT(made["notify"], testing::ElementsAre("ASR", "CIP", "EVT", "FRE", "GLO", "INC", "INQ",
                                                   "LEG", "NVT", "OIS", "ORG", "VUL"));
  EXPECT_THAT(made["reply"], testing::ElementsAre("RSP"));
  EXPECT_THAT(made["consult"], testing::ElementsAre("CRQ", "REC"));
  EXPECT_THAT(made["directory"], testing::ElementsAre("POC"));
  EXPECT_THAT(made["check"], testing::ElementsAre("CHK"));
  EXPECT_THAT(made["round"], testing::ElementsAre("CON"));
}

// What a kind must have, it asks for; and each question can be put to a person.
TEST(NotificationKinds, HaveAFormThatAsksForAllThatIsRequired) {
  for (const v1::NotificationKind& kind : ReadKinds()) {
    std::set<std::string> required;
    int bodies = 0;
    for (const v1::FieldRule& rule : kind.fields()) {
      SCOPED_TRACE(kind.kind() + "." + rule.name());
      EXPECT_THAT(rules::CheckFieldRule(rule), test::IsOk());
      EXPECT_TRUE(rule.question().ends_with('?') || rule.question().ends_with('.'));
      EXPECT_EQ(rule.question().find('\n'), std::string::npos);
      bodies += rule.place() == v1::FIELD_PLACE_BODY ? 1 : 0;
      if (rule.required()) {
        required.insert(rule.name());
      }
    }
    if (kind.made_by() == "notify") {
      EXPECT_EQ(bodies, 1) << kind.kind();
      EXPECT_THAT(required, testing::UnorderedElementsAreArray(kind.required_fields()))
          << kind.kind();
    }
  }
}

}  // namespace
}  // namespace cbm
