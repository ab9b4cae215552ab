// Acts by who holds a key: PerformAct as a whole, over gRPC with a store in memory. An input is a
// programme (programme.h): which offices sign which acts, and what was altered in them before; or,
// after "raw:", the bytes of one request. After each act holds what FuzzedExchange::HandIn
// promises.
//
// Every input has an exchange of its own. Keys are new in each run, and a programme names none of
// their bytes: the same programme is the same acts, but for certificates and signatures.

#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "google/protobuf/descriptor.h"
#include "tests/fuzz/alter.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/fuzzed_exchange.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/reach.h"
#include "tests/fuzz/seed_acts.h"

namespace cbm::fuzz {
namespace {

Reach& TheReach() {
  static auto* const reach = new Reach();
  return *reach;
}

// What Step.finish says.
constexpr uint8_t kLeavesOpenings = 1;    // The commitments stay those of before the alterations.
constexpr uint8_t kLeavesContents = 2;    // The act names what was to be said before.
constexpr uint8_t kLeavesPossession = 4;  // The new key proved itself for what stood there before.
bool IsSignedByAnother(const Step& step) { return (step.finish & 0x38) == 0x38; }
bool IsCarriedByAnother(const Step& step) { return (step.finish & 0x38) == 0x30; }
bool IsAlteredAfterwards(const Step& step) { return (step.finish & 0xc0) == 0xc0; }

v1::Act::KindCase KindOf(const Step& step) {
  const auto& kinds = *v1::Act::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    if (kinds.field(i)->number() == step.kind) {
      return static_cast<v1::Act::KindCase>(step.kind);
    }
  }
  return static_cast<v1::Act::KindCase>(kinds.field(step.kind % kinds.field_count())->number());
}

absl::Duration PauseOf(const Step& step) {
  switch (step.pause) {
    case 1:
      return absl::Minutes(1);
    case 2:
      return absl::Hours(2);
    case 3:
      return absl::Hours(25);
    case 4:
      return absl::Hours(49);
    case 5:
      return absl::Hours(24 * 31);
    case 6:
      return absl::ZeroDuration();
    default:
      return absl::Seconds(1);
  }
}

Words WordsOf(FuzzedExchange& exchange) {
  Words words{.bytes = exchange.taken(),
              .strings = {"EE",       "FI",           "LV",   "LT",         "JP",    "SECRETARIAT",
                          "AUDITOR",  "CHAIR",        "ALL",  "OSCE",       "UN",    "OSCE-3",
                          "UN-1",     "OSCE-17",      "INC",  "FRE",        "EVT",   "INQ",
                          "RSP",      "CRQ",          "en",   "fr",         "de",    "duty",
                          "policy",   "siem",         "main", "2026",       "title", "day",
                          "text",     "2026-02-30",   "-1",   "cbm.v1/act", "a\nb",  "\x7f",
                          "\xc3\xa9", "\xe2\x80\xae", "\xff", "yes"},
              .now = exchange.served().clock().Now()};
  words.bytes.insert(words.bytes.end(), {std::string(kDigestBytes, '\0'), std::string(16, 'i')});
  for (uint8_t office = 0; office < kOfficeCount; ++office) {
    words.bytes.emplace_back(BytesOf(exchange.Office(office).credential.certificate.fingerprint()));
  }
  for (uint8_t spare = 0; spare < kSpareCount; ++spare) {
    words.bytes.push_back(FuzzedExchange::Spare(spare).certificate.der());
  }
  return words;
}

void CommitAnew(test::Draft& draft) {
  if (!draft.act.audience().has_commitments()) {
    return;
  }
  auto& commitments = *draft.act.mutable_audience()->mutable_commitments()->mutable_commitments();
  commitments.Clear();
  for (const v1::AddresseeOpening& opening : draft.openings) {
    commitments.Add(std::string(BytesOf(AddresseeCommitment(opening.salt(), opening.state()))));
  }
}

void NameContentsAnew(test::Draft& draft) {
  if (!draft.contents.empty() && draft.contents.front().has_open()) {
    const v1::OpenContent& manifest = draft.contents.front().open();
    draft.act.set_manifest_digest(
        std::string(BytesOf(ContentDigest(manifest.salt(), manifest.plaintext()))));
  }
}

void ProvePossessionAnew(const Step& step, const std::string& exchange_id, v1::Act& act) {
  const test::Issued& spare = FuzzedExchange::Spare(step.about);
  const auto sign = [&](std::string_view party, std::string_view office) {
    return SignDetached(spare.certificate, *spare.key,
                        PossessionStatement({.exchange_id = exchange_id,
                                             .party = party,
                                             .office = office,
                                             .certificate = spare.certificate.fingerprint()}))
        .value();
  };
  if (act.has_enrol()) {
    act.mutable_enrol()->set_possession(sign(act.enrol().party(), act.enrol().office()));
  } else if (act.has_renew_credential()) {
    act.mutable_renew_credential()->set_possession(sign(act.party(), act.office()));
  }
}

// What is said in the manifest, or none.
std::optional<v1::Manifest> ManifestOf(const test::Draft& draft) {
  if (draft.contents.empty() || !draft.contents.front().has_open()) {
    return std::nullopt;
  }
  const auto manifest = ReadManifest(draft.contents.front().open().plaintext());
  return manifest.ok() ? std::optional(*manifest) : std::nullopt;
}

// The alterations, each of which falls on the act, what stands beside it, or what it says; and what
// follows from them, so that more of it is in good shape.
void AlterDraft(FuzzedExchange& exchange, const Step& step, test::Draft& draft) {
  const Words words = WordsOf(exchange);
  for (const Alteration& alteration : step.alterations) {
    std::optional<v1::Manifest> manifest = ManifestOf(draft);
    if (alteration.how >= 224 && manifest.has_value()) {
      google::protobuf::Message* const said[] = {&*manifest};
      Alter(said, alteration, words);
      if (const auto written = WriteManifest(*manifest); written.ok()) {
        draft.contents.front().mutable_open()->set_plaintext(*written);
      }
      continue;
    }
    std::vector<google::protobuf::Message*> messages;
    if (alteration.how < 192 || (draft.openings.empty() && draft.contents.empty())) {
      messages = {&draft.act};
    } else {
      for (v1::AddresseeOpening& opening : draft.openings) {
        messages.push_back(&opening);
      }
      for (v1::Content& content : draft.contents) {
        messages.push_back(&content);
      }
    }
    Alter(messages, alteration, words);
  }
  if (step.alterations.empty()) {
    return;
  }
  if ((step.finish & kLeavesOpenings) == 0) {
    CommitAnew(draft);
  }
  if ((step.finish & kLeavesContents) == 0) {
    NameContentsAnew(draft);
  }
  if ((step.finish & kLeavesPossession) == 0) {
    ProvePossessionAnew(step, exchange.served().exchange_id(), draft.act);
  }
}

bool HandIn(FuzzedExchange& exchange, const Step& step, const test::Draft& draft) {
  const test::TestOffice& author = exchange.Office(step.office);
  const test::TestOffice& another = exchange.Office(static_cast<uint8_t>(step.office + 1));
  std::string request =
      test::ServedExchange::Sign(IsSignedByAnother(step) ? another : author, draft)
          .SerializeAsString();
  if (IsAlteredAfterwards(step)) {
    std::mt19937_64 random(step.variant * 256U + step.about);
    request = Mutate(request, random);
  }
  return exchange.HandIn(IsCarriedByAnother(step) ? another : author, request, TheReach());
}

// What was refused with its alterations is handed in without: what follows needs it.
void Perform(FuzzedExchange& exchange, const Step& step) {
  exchange.served().clock().Advance(PauseOf(step));
  const test::TestOffice& author = exchange.Office(step.office);
  test::Draft draft = MakeSeed(exchange, author, KindOf(step), step);
  AlterDraft(exchange, step, draft);
  if (HandIn(exchange, step, draft)) {
    return;
  }
  Step plain = step;
  plain.alterations.clear();
  plain.finish = 0;
  if (!step.alterations.empty() || step.finish != 0) {
    exchange.served().clock().Advance(absl::Seconds(1));
    HandIn(exchange, plain, MakeSeed(exchange, author, KindOf(plain), plain));
  }
}

constexpr std::string_view kRaw = "raw:";

std::string MutateInput(std::string input, std::mt19937_64& random) {
  return input.starts_with(kRaw) ? std::string(kRaw) + Mutate(input.substr(kRaw.size()), random)
                                 : MutateProgramme(std::move(input), random);
}

// Requests of this run's keys, as they are sent.
std::vector<std::string> RawSeeds() {
  FuzzedExchange exchange;
  std::vector<std::string> seeds;
  for (const auto& [office, kind] : std::initializer_list<std::pair<uint8_t, v1::Act::KindCase>>{
           {0, v1::Act::kSubmit}, {7, v1::Act::kEnrol}}) {
    const test::TestOffice& author = exchange.Office(office);
    seeds.push_back(std::string(kRaw) +
                    test::ServedExchange::Sign(author, MakeSeed(exchange, author, kind, Step{}))
                        .SerializeAsString());
  }
  return seeds;
}

// Of some 290 that a run takes and 400 that the rules refuse. The seeds alone make 180 and 170.
constexpr size_t kTakenMin = 190;
constexpr size_t kRefusedMin = 220;

}  // namespace

std::vector<std::string> Seeds() {
  AtEnd([] {
    TheReach().Print();
    TheReach().Require(kTakenMin, kRefusedMin);
  });
  MutateBy(MutateInput);
  std::vector<std::string> seeds = SeedProgrammes();
  for (std::string& raw : RawSeeds()) {
    seeds.push_back(std::move(raw));
  }
  return seeds;
}

void TestOne(std::string_view input) {
  FuzzedExchange exchange;
  if (input.starts_with(kRaw)) {
    exchange.HandIn(exchange.Office(0), std::string(input.substr(kRaw.size())), TheReach());
    return;
  }
  for (const Step& step : ReadProgramme(input)) {
    Perform(exchange, step);
  }
  exchange.TellWhoWasAway();
}

// Some seconds, with an exchange for each.
int Mutations() { return 20; }

}  // namespace cbm::fuzz
