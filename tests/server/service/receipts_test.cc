// Receipts are verified as their holder would: offline, with the log's key, the genesis document
// and the authorities' certificates alone.

#include "server/service/receipts.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/crypto/trust_store.h"
#include "core/evidence/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {
namespace {

using ::testing::SizeIs;

class Receipts : public ::testing::Test {
 protected:
  Caller CallerAt(const Desk& desk) const {
    return identity_.IdentifyCredential(desk.fingerprint()).value();
  }

  static ActName NameOf(const Desk& author, const HandedIn& act) {
    return {.party = author.party, .office = author.office, .act_id = act.act.act.act_id()};
  }

  absl::StatusOr<v1::Receipt> Find(const Desk& reader, const Desk& author, const HandedIn& act) {
    return FindReceipt(context_, CallerAt(reader), NameOf(author, act));
  }

  absl::StatusOr<VerifiedReceipt> Verify(const v1::Receipt& receipt,
                                         const Registrations& proven = {}) const {
    const GenesisDocument& genesis = ServerWorld::Keys().document;
    return VerifyReceipt(receipt,
                         {.log = {.exchange_id = genesis.exchange_id,
                                  .epoch = context_.epoch,
                                  .public_key = ServerWorld::Keys().log_key.public_key()},
                          .genesis = genesis.genesis,
                          .authorities = authorities_},
                         proven);
  }

  // Takes an act, which has to succeed.
  HandedIn Taken(HandedIn act) {
    EXPECT_THAT(world_.Take(act), IsOk());
    return act;
  }

  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& policy_ = ServerWorld::Of("EE", "policy");
  const Desk& lv_ = ServerWorld::Of("LV");
  const Desk& siem_ = ServerWorld::Of("LV", "siem");

  ServerWorld world_;
  TemporaryFolder folder_;
  const TrustStore authorities_ = TrustStore::FromPem(ServerWorld::Keys().pki.ca_pem()).value();
  SessionTable sessions_{world_.random()};
  ClientTrust trust_{world_.clock()};
  Identity identity_{world_.store(), sessions_, trust_, world_.clock()};
  Log log_{world_.clock(), LogLevel::kError, [](std::string_view) { return true; }};
  const std::unique_ptr<CheckpointKeeper> checkpoints_ =
      CheckpointKeeper::Open(folder_ / "signed", world_.store(), 1,
                             NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value())
          .value();
  const ServiceContext context_{.store = world_.store(),
                                .identity = identity_,
                                .checkpoints = *checkpoints_,
                                .clock = world_.clock(),
                                .log = log_,
                                .limits = {},
                                .epoch = 1,
                                .log_key = "",
                                .server_version = ""};
};

v1::SignedAct SignedActOf(const HandedIn& handed_in) {
  v1::SignedAct signed_act;
  signed_act.set_act(handed_in.act.bytes);
  signed_act.set_signature(handed_in.act.signature);
  return signed_act;
}

TEST_F(Receipts, ProveTheActWithTheRegistrationsOfItsSigner) {
  const HandedIn act = Taken(world_.Submit(ee_, {"LV"}));
  const absl::StatusOr<v1::Receipt> receipt = Find(ee_, ee_, act);
  ASSERT_THAT(receipt, IsOk());
  const absl::StatusOr<VerifiedReceipt> verified = Verify(*receipt);
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->evidence.act.bytes, act.act.bytes);
  EXPECT_EQ(verified->evidence.act.signature, act.act.signature);
  EXPECT_EQ(verified->evidence.ledger, LedgerId::State("EE"));
  EXPECT_EQ(verified->signer.fingerprint(), ee_.fingerprint());
  ASSERT_THAT(verified->registrations, SizeIs(2));
  EXPECT_EQ(verified->registrations[0].office, "duty");
  EXPECT_EQ(verified->registrations[1].party, kSecretariatParty);
}

// Whoever has proved the registration once needs no more than this.
TEST_F(Receipts, OfWhatWasJustTakenNeedTheRegistrationsThatTheirHolderHas) {
  const Registrations proven = [&] {
    const HandedIn first = Taken(world_.Submit(ee_, {"LV"}));
    const VerifiedReceipt verified = Verify(*Find(ee_, ee_, first)).value();
    return Registrations{{ee_.fingerprint(), verified.registrations.front()}};
  }();
  const HandedIn act = world_.Submit(ee_, {"LV"});
  const absl::StatusOr<cbm::Taken> taken = world_.Take(act);
  ASSERT_THAT(taken, IsOk());
  const absl::StatusOr<v1::Receipt> receipt =
      ReceiptOf(SignedActOf(act), *taken, ee_.credential.certificate, *checkpoints_);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_THAT(receipt->evidence(), SizeIs(1));
  EXPECT_THAT(Verify(*receipt), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Verify(*receipt, proven), IsOk());
}

TEST_F(Receipts, OfARetryAreOfTheSameEntry) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  std::vector<std::string> entries;
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<cbm::Taken> taken = world_.Take(act);
    ASSERT_THAT(taken, IsOk());
    const absl::StatusOr<v1::Receipt> receipt =
        ReceiptOf(SignedActOf(act), *taken, ee_.credential.certificate, *checkpoints_);
    ASSERT_THAT(receipt, IsOk());
    entries.push_back(receipt->evidence(0).entry());
    Taken(world_.Submit(ee_, {"LV"}));
  }
  EXPECT_EQ(entries[0], entries[1]);
  EXPECT_EQ(Find(ee_, ee_, act)->evidence(0).entry(), entries[0]);
}

TEST_F(Receipts, AreGivenToEveryOfficeOfTheParty) {
  const HandedIn act = Taken(world_.Submit(ee_, {"LV"}));
  const absl::StatusOr<v1::Receipt> receipt = Find(policy_, ee_, act);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->SerializeAsString(), Find(ee_, ee_, act)->SerializeAsString());
}

// Though LV was sent the act and knows its id: its receipt is the author's.
TEST_F(Receipts, OfAnotherPartyDoNotExist) {
  const HandedIn act = Taken(world_.Submit(ee_, {"LV"}));
  const HandedIn never = world_.Submit(ee_, {"LV"});
  const absl::Status unknown = Find(ee_, ee_, never).status();
  EXPECT_THAT(unknown, HasCode(absl::StatusCode::kNotFound));
  for (const Desk* const reader : {&lv_, &siem_, &ServerWorld::Secretariat()}) {
    EXPECT_EQ(Find(*reader, ee_, act).status(), unknown) << reader->party;
    EXPECT_EQ(Find(*reader, ee_, never).status(), unknown) << reader->party;
  }
  // Nor is it that of another office.
  EXPECT_EQ(Find(ee_, policy_, act).status(), unknown);
}

TEST_F(Receipts, OfAnIntegrationAreItsOwn) {
  const HandedIn act = Taken(world_.Submit(siem_, {"EE"}));
  const absl::StatusOr<v1::Receipt> receipt = Find(siem_, siem_, act);
  ASSERT_THAT(receipt, IsOk());
  const absl::StatusOr<VerifiedReceipt> verified = Verify(*receipt);
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->evidence.ledger, siem_.ledger());
  EXPECT_EQ(verified->registrations.front().office, "siem");
  // Its State has the act, and no receipt of it.
  EXPECT_THAT(Find(lv_, siem_, act), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(Receipts, OfAStateAreNotItsIntegrations) {
  ASSERT_THAT(world_.Take(world_.Grant(lv_, "siem", v1::MARKING_RED)), IsOk());
  const HandedIn act = Taken(world_.Submit(lv_, {"EE"}));
  EXPECT_THAT(Find(siem_, lv_, act), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(Find(lv_, lv_, act), IsOk());
}

// Its first credential stands in the genesis document.
TEST_F(Receipts, OfTheSecretariatLeadToTheGenesis) {
  const HandedIn act = Taken(world_.Enrol(ServerWorld::Spare("FI")));
  const absl::StatusOr<v1::Receipt> receipt =
      Find(ServerWorld::Secretariat(), ServerWorld::Secretariat(), act);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_THAT(receipt->evidence(), SizeIs(1));
  EXPECT_THAT(Verify(*receipt), IsOk());
}

TEST_F(Receipts, ProveWhatAnOpenOfSeveralNotificationsDid) {
  std::vector<Digest> sent;
  for (int i = 0; i < 3; ++i) {
    sent.push_back(Taken(world_.Submit(ee_, {"LV"})).act.digest);
  }
  const HandedIn open = Taken(world_.Open(lv_, sent));
  const absl::StatusOr<v1::Receipt> receipt = Find(lv_, lv_, open);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_THAT(Verify(*receipt), IsOk());
}

}  // namespace
}  // namespace cbm::test
