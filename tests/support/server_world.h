#ifndef CBM_TESTS_SUPPORT_SERVER_WORLD_H_
#define CBM_TESTS_SUPPORT_SERVER_WORLD_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "core/base/ledger_id.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "server/sequencer/sequencer.h"
#include "server/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/test_exchange.h"
#include "tests/support/test_pki.h"

namespace cbm::test {

// An office with its certificate and key. The key signs its acts for real.
struct Desk {
  std::string party;
  std::string office;
  v1::OfficeType type = v1::OFFICE_TYPE_DUTY;
  Issued credential;

  Digest fingerprint() const { return credential.certificate.fingerprint(); }
  LedgerId ledger() const;
};

// What a test says of a credential that is registered; the rest is as usual.
struct Registering {
  std::vector<v1::CredentialPurpose> purposes = {v1::CREDENTIAL_PURPOSE_CONNECT,
                                                 v1::CREDENTIAL_PURPOSE_SIGN};
  absl::Time not_before = kTestStart - absl::Hours(24);
  absl::Time not_after = kTestStart + absl::Hours(24 * 365);
};

// A founded exchange with a store in memory and offices in it, whose acts go through a sequencer as
// those of a running one do: EE/duty, EE/policy, FI/duty, LV/duty, CHAIR/2026, AUDITOR/audit, and
// the integration LV/siem.
//
// The keys are made once for all tests of a program; store, clock and random numbers are a test's
// own. Not thread-safe, but what it makes may be handed in from any thread.
class ServerWorld {
 public:
  ServerWorld();

  // The keys, which all worlds share.
  static const TestExchange& Keys();

  // Shared desks.
  static const Desk& Secretariat();
  static const Desk& Of(std::string_view party, std::string_view office = "duty");
  // With keys, but never enrolled: FI/spare, LV/spare.
  static const Desk& Spare(std::string_view party) { return Of(party, "spare"); }

  FakeClock& clock() { return clock_; }
  FakeRandom& random() { return random_; }
  MemoryStore& store() { return *store_; }

  // Acts in good shape, carried by their own signer; each is new. None is handed in.
  HandedIn Submit(const Desk& by, const std::vector<std::string>& states);  // AMBER, by name.
  HandedIn SubmitToAll(const Desk& by, std::string_view framework = "OSCE");
  HandedIn Open(const Desk& by, const std::vector<Digest>& notifications);
  HandedIn Acknowledge(const Desk& by, const Digest& notification);
  HandedIn Enrol(const Desk& office, const Registering& registering = {});
  HandedIn Grant(const Desk& by, std::string_view integration, v1::Marking ceiling);
  // Of the credential that a desk has.
  HandedIn Suspend(const Desk& by, const Desk& of);
  HandedIn Restore(const Desk& by, const Desk& of);
  HandedIn Revoke(const Desk& by, const Desk& of);
  // To the certificate of a desk that is not enrolled.
  HandedIn Renew(const Desk& by, const Desk& next);

  // The same, carried by another desk's connection.
  static HandedIn CarriedBy(const Desk& carrier, HandedIn act);

  // The same with changes, signed anew by `by`.
  template <typename Change>
  static HandedIn Changed(const Desk& by, HandedIn act, Change change) {
    v1::Act message = act.act.act;
    change(message);
    act.act = Sign(by, message);
    return act;
  }

  // Hands one act in to a sequencer of its own on this world's store, and returns the answer.
  absl::StatusOr<Taken> Take(HandedIn act);

  // The same on another store that was founded with Keys().
  absl::StatusOr<Taken> TakeInto(Store& store, HandedIn act);

  // How many entries each ledger has.
  std::map<std::string, uint64_t> Sizes() const;

  // The entries of a ledger, from `from` on.
  std::vector<EncodedEntry> EntriesOf(const LedgerId& ledger, uint64_t from = 0) const;

 private:
  static EncodedAct Sign(const Desk& by, const v1::Act& act);
  v1::Act NewAct(const Desk& by);
  HandedIn Handed(const Desk& by, const v1::Act& act) const;
  HandedIn Notification(const Desk& by, v1::Act act, std::vector<v1::AddresseeOpening> openings);

  FakeClock clock_{kTestStart};
  FakeRandom random_;
  std::unique_ptr<MemoryStore> store_;
};

// The answers to acts, by the names that a test gives them.
//
// Thread-safe.
class Answers {
 public:
  // An answer for the act of this name. The result must not outlive this.
  Answer For(std::string name);

  // How often the act of this name was answered.
  size_t Count(std::string_view name) const;

  // The one answer to the act of this name; stops the test if there is not one.
  absl::StatusOr<Taken> Of(std::string_view name) const;

  // The names of all that were answered, in the order of the answers.
  std::vector<std::string> Order() const;

 private:
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, absl::StatusOr<Taken>>> given_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_SERVER_WORLD_H_
