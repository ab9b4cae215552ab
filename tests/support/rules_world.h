#ifndef CBM_TESTS_SUPPORT_RULES_WORLD_H_
#define CBM_TESTS_SUPPORT_RULES_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/rules/decision.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"
#include "gmock/gmock.h"

namespace cbm::test {

// The facts and the entries of one ledger.
class MemoryLedger final : public rules::LedgerView, public rules::FactTable {
 public:
  absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const override;
  absl::StatusOr<std::vector<rules::Fact>> ListFacts(std::string_view prefix, std::string_view from,
                                                     rules::Direction direction,
                                                     size_t limit) const override;
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override;

  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::Status Put(std::string_view key, std::string_view value) override;

  // Adds an entry, without what it says.
  void Append(v1::Entry entry);

  const std::vector<v1::Entry>& entries() const { return entries_; }
  const std::map<std::string, std::string, std::less<>>& facts() const { return facts_; }

 private:
  std::vector<v1::Entry> entries_;
  std::map<std::string, std::string, std::less<>> facts_;
};

// What somebody hands in: good until a test spoils it.
struct Attempt {
  v1::Act act;
  std::vector<v1::AddresseeOpening> openings;
  std::vector<Digest> contents;
  v1::CredentialRecord signer;
  std::optional<rules::Validity> registers;
};

struct Performed {
  rules::Decision decision;
  std::vector<rules::NewEntry> passed_on;  // To integrations.
  Digest act_digest;
};

// An office to be enrolled.
struct NewOffice {
  std::string party;
  std::string office;
  v1::OfficeType type = v1::OFFICE_TYPE_DUTY;
  std::vector<v1::Scope> scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE,
                                   v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY};
};

// TestGenesis with stand-ins for the keys, JP and SE in UN too, KR a partner of OSCE alone, and
// CON, a kind that is not made by notify.
v1::Genesis RulesGenesis();

// An exchange without store, sequencer or signatures: ledgers in memory, and the rules that write
// them. EE, FI, JP, LV and SE have an office "duty" each; LT and KR have none yet.
class RulesWorld {
 public:
  RulesWorld();

  const rules::Exchange& exchange() const { return exchange_; }
  absl::Time now() const { return now_; }
  void SetNow(absl::Time now) { now_ = now; }

  // What the author's own reader may know.
  std::unique_ptr<const rules::View> ViewOf(const LedgerId& ledger);
  // Empty if nothing was written to it.
  MemoryLedger& Ledger(const LedgerId& ledger) { return ledgers_[ledger]; }
  MemoryLedger& State(std::string_view code) { return Ledger(LedgerId::State(code)); }
  // The id of the consultation that was requested first; that of none before.
  std::string consultation() const {
    return consultation_.value_or(std::string(kDigestBytes, 'n'));
  }
  // The number of entries of each ledger that has any.
  std::map<std::string, size_t> Sizes() const;

  // Decides, and writes nothing.
  rules::Decision Decide(const Attempt& attempt);
  // Decides and, if it is accepted, writes its entries and what integrations get of them.
  // A second passes.
  Performed Perform(const Attempt& attempt);

  // The credential of an office as it was registered.
  const v1::CredentialRecord& Signer(std::string_view party, std::string_view office) const;
  const v1::CredentialRecord& Duty(std::string_view state) const { return Signer(state, "duty"); }
  const v1::CredentialRecord& Secretariat() const { return Signer("SECRETARIAT", "main"); }

  // Performs an enrolment that has to succeed.
  const v1::CredentialRecord& Enrol(const NewOffice& office);

  // Acts in good shape, none of them performed.
  Attempt Submit(const v1::CredentialRecord& signer) const;  // INC, URGENT, TEST, AMBER; to nobody.
  Attempt ToNamed(const v1::CredentialRecord& signer, const std::vector<std::string>& states,
                  v1::ListVisibility list = v1::LIST_VISIBILITY_HIDDEN) const;
  Attempt ToAll(const v1::CredentialRecord& signer, std::string_view framework = "OSCE") const;
  Attempt ToSecretariat(const v1::CredentialRecord& signer) const;
  Attempt Open(const v1::CredentialRecord& signer, const std::vector<Digest>& notifications) const;
  Attempt Acknowledge(const v1::CredentialRecord& signer, const Digest& notification) const;
  // A later notification to `states` in the thread that `first` begins.
  Attempt FollowUp(const v1::CredentialRecord& signer, const std::vector<std::string>& states,
                   const Digest& first, v1::FollowUp follow_up = v1::FOLLOW_UP_UPDATE) const;
  // RSP, AMBER, quoting, FINAL; to `states`, of whom the sender of the notification has to be one.
  Attempt Reply(const v1::CredentialRecord& signer, const std::vector<std::string>& states,
                const Digest& notification,
                v1::ReplyOutcome outcome = v1::REPLY_OUTCOME_FINAL) const;
  Attempt EnrolOffice(const NewOffice& office) const;
  Attempt Grant(const v1::CredentialRecord& signer, std::string_view office, v1::Marking ceiling,
                v1::IntegrationReading reading = v1::INTEGRATION_READING_NOTIFICATIONS) const;

  Attempt Suspend(const v1::CredentialRecord& signer, const v1::CredentialRecord& of) const;
  Attempt Restore(const v1::CredentialRecord& signer, const v1::CredentialRecord& of) const;
  Attempt Revoke(const v1::CredentialRecord& signer, const v1::CredentialRecord& of) const;
  // To a certificate of these bytes, which holds for a year.
  Attempt Renew(const v1::CredentialRecord& signer, const std::string& certificate) const;

  // A credential as it is registered now, by its certificate; stops the process if it is not.
  v1::CredentialRecord Registered(std::string_view certificate) const;

 private:
  Attempt NewAct(const v1::CredentialRecord& signer) const;
  void Write(const rules::NewEntry& made, const v1::Act* act, const Digest& digest);

  rules::Exchange exchange_;
  absl::Time now_;
  std::optional<std::string> consultation_;
  std::map<LedgerId, MemoryLedger> ledgers_;
  MemoryLedger registry_;
  std::map<std::string, v1::CredentialRecord, std::less<>> signers_;
};

// The ledger that an author's acts stand in.
LedgerId LedgerOf(const v1::CredentialRecord& author);

// Whom it tells, in words such as "state/LV addressed act" or "auditor header summary"; sorted.
std::vector<std::string> ToldBy(const std::vector<rules::NewEntry>& entries);

// All of a decision, as text: two are equal if and only if this is.
std::string Written(const rules::Decision& decision);

// The entries for a ledger, of which there must be one; `OnlyEntry` stops the process otherwise.
const rules::NewEntry& OnlyEntry(const rules::Decision& decision, const LedgerId& ledger);

// The notification as a ledger shows it now; stops the process if it does not.
v1::NotificationRecord NotificationIn(const rules::LedgerView& ledger, const Digest& act);

// The commitment that an opening opens, computed without the code under test.
std::string ExpectedCommitment(const v1::AddresseeOpening& opening);

// Accepted: the verdict is OK and the author's own entry comes last.
MATCHER(IsAccepted, negation ? "is refused" : "is accepted") {
  *result_listener << arg.verdict;
  return arg.verdict.ok() && !arg.entries.empty() &&
         arg.entries.back().entry.role() == v1::ENTRY_ROLE_OWN;
}

// Refused with `code`, and nothing is written anywhere.
MATCHER_P(IsRefusedAs, code, absl::StatusCodeToString(code)) {
  *result_listener << arg.verdict << " with " << arg.entries.size() << " entries";
  return arg.verdict.code() == code && arg.entries.empty();
}

// Likewise, and the message has `says` in it.
MATCHER_P2(IsRefusedAs, code, says, absl::StatusCodeToString(code) + " that says " + says) {
  *result_listener << arg.verdict << " with " << arg.entries.size() << " entries";
  return arg.verdict.code() == code && arg.entries.empty() &&
         std::string_view(arg.verdict.message().data(), arg.verdict.message().size()).find(says) !=
             std::string_view::npos;
}

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_RULES_WORLD_H_
