#ifndef CBM_TESTS_INTEGRATION_VISIBILITY_MODEL_H_
#define CBM_TESTS_INTEGRATION_VISIBILITY_MODEL_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/entry.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "tests/integration/model_consultation.h"

namespace cbm::test {

// Who may be told of an act.
inline constexpr std::string_view kAddressee = "addressee";
inline constexpr std::string_view kFramework = "framework";
inline constexpr std::string_view kTheSecretariat = "secretariat";
inline constexpr std::string_view kTheAuditor = "auditor";
inline constexpr std::string_view kSender = "sender";
inline constexpr std::string_view kConcerned = "concerned";

// What one entry of a ledger tells its reader; other fields of it follow from these.
struct Told {
  std::string digest;  // Of the act.
  v1::ActKind kind = v1::ACT_KIND_UNSPECIFIED;
  v1::EntryRole role = v1::ENTRY_ROLE_UNSPECIFIED;
  bool act = false;      // The act itself; else a summary.
  bool content = false;  // Is given what the act says.
  std::vector<std::string> openings = {};
  std::vector<std::string> states = {};
  std::vector<std::string> delivered = {};
  v1::Summary summary = {};                 // Where the act is not given; without a commitment.
  std::string commitment = {};              // The State whose commitment the summary has.
  v1::ConsultationState consultation = {};  // As it is told; without commitments.

  std::string Text() const;
};

struct ModelCredential {
  std::string digest;
  std::string suspended_by = {};  // The party; empty if it is not.
  bool is_revoked = false;

  bool is_active() const { return suspended_by.empty() && !is_revoked; }
};

struct ModelOffice {
  std::string party;
  std::string office;
  v1::OfficeType type = v1::OFFICE_TYPE_DUTY;
  std::string ledger;
  bool may_consult = false;                 // By its scopes and what it is.
  std::optional<v1::Marking> ceiling = {};  // Of an integration that has a grant.
  std::vector<ModelCredential> credentials = {};

  bool is_integration() const { return type == v1::OFFICE_TYPE_INTEGRATION; }
};

struct ModelNotification {
  std::string digest;
  std::string id;
  std::string content;
  std::string party;
  std::string office;
  std::string ledger;    // The author's own.
  std::string audience;  // NAMED, ALL/<framework> or SECRETARIAT.
  std::vector<std::string> states;
  v1::Notification said;
  v1::Marking strictest;  // Of its own and that of what it is about.
  std::string about;      // The digest of what it follows up or answers; empty for the first.
  bool answers = false;
  bool shown = false;
  std::set<int> filter;

  // By its office filter, from offices of this type of another's.
  bool IsKeptFrom(std::string_view reader, int type) const;
};

// Something that was said, in an act of whatever kind.
struct ModelContent {
  std::string act;
  std::string content;
};

// Who is told what, written a second time and in another way than the exchange does it: acts go in,
// and for each ledger out comes what its entries tell. It knows nothing of hashes, signatures or
// stores, and judges no form: acts are well formed. What there may be too many of, there never is.
class VisibilityModel {
 public:
  explicit VisibilityModel(const v1::Genesis& genesis, const std::string& genesis_digest);

  // Takes an act at an instant, or says by which code it is refused and takes nothing of it.
  // `states` are those that the act's commitments name.
  absl::StatusCode Take(const v1::Act& act, const std::string& digest,
                        const std::vector<std::string>& states, absl::Time now);

  // Whether the credential that an act names as its signer's is its author's, and active.
  bool MaySign(const v1::Act& act) const;

  // A content of an act that was taken: the manifest, or what it lists.
  void AddContent(const std::string& act, const std::string& content) {
    contents_.push_back({.act = act, .content = content});
  }

  const std::vector<Told>& Ledger(const std::string& ledger) const;
  std::set<std::string> Ledgers() const;  // Of everybody.
  const std::vector<ModelOffice>& offices() const { return offices_; }
  const std::vector<ModelNotification>& notifications() const { return notifications_; }
  const std::vector<ModelConsultation>& consultations() const { return consultations_; }
  const std::vector<ModelContent>& contents() const { return contents_; }
  const ModelOffice& Office(std::string_view party, std::string_view office) const;

  // The consultation that a State's ledger means by this id; null if it has none.
  const ModelConsultation* KnownBy(const std::string& ledger, const std::string& id) const;

  // What the reader's own ledger says of the consultation at an instant, commitments left out; none
  // if it says nothing.
  std::optional<v1::ConsultationRecord> Consultation(const ModelOffice& reader,
                                                     const std::string& id, absl::Time now) const;

  // The ledgers that the office reads, its own first.
  std::vector<std::string> Readable(const ModelOffice& office) const;
  bool Knows(const ModelOffice& reader, const ModelOffice& office) const;

  // What a ledger lists, the newest first: whom each is from and to, as far as the ledger tells,
  // the first of its thread, and what it answers.
  std::vector<std::string> Notifications(const std::string& ledger) const;
  bool Has(const ModelOffice& reader, const ModelNotification& notification) const;
  absl::StatusCode ContentFor(const ModelOffice& reader, const std::string& act) const;

  // The ledger in which an act is its author's own; empty if none was taken by this id.
  std::string LedgerOfAct(std::string_view party, std::string_view office,
                          const std::string& id) const;

 private:
  using Readers = std::map<std::string_view, std::vector<std::string>>;

  // What an act tells, before it is said to whom.
  struct Telling {
    const v1::Act& act;
    ModelOffice author;
    Told told;           // All of it: each reader is told some.
    bool shown = false;  // The addressees to one another.
    // What it is about: passed on to integrations that may know of each. Of none, it is not.
    std::vector<const ModelNotification*> about = {};
  };

  absl::StatusCode TakeSent(const v1::Act& act, const std::string& digest,
                            const std::vector<std::string>& states);
  absl::StatusCode MayReply(const ModelOffice& author, const ModelNotification& answered) const;
  absl::StatusCode MayFollowUp(const v1::Act& act, const std::vector<std::string>& states,
                               const ModelNotification& first) const;
  absl::StatusCode TakeOpen(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeAcknowledge(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeRequest(const v1::Act& act, const std::string& digest,
                               const std::vector<std::string>& states, absl::Time now);
  absl::StatusCode TakeInConsultation(const v1::Act& act, const std::string& digest,
                                      absl::Time now);
  absl::StatusCode TakeEnrol(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeGrant(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeChange(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeRenewal(const v1::Act& act, const std::string& digest);
  // Tells of an act that changed or registered a credential of this office.
  void TellOfCredential(const v1::Act& act, const std::string& digest, const ModelOffice& of);
  static ModelCredential CredentialOf(const std::string& certificate);

  const ModelNotification* FindNotification(const std::string& digest) const;
  // Null where it does not exist for the office; `with_all` looks in ALL too.
  const ModelNotification* FindFor(const ModelOffice& office, const v1::Act& act,
                                   bool with_all) const;
  const Told* FindIn(const std::string& ledger, const std::string& digest) const;
  // The first of its thread, as far as the ledger shows; empty for a first.
  std::string ThreadIn(const std::string& ledger, const ModelNotification& notification) const;

  // Every row of the table that there are readers for.
  void TellAll(const Telling& telling, std::string_view audience, const Readers& readers);
  void Tell(const std::string& ledger, const Telling& telling, Told told);
  void TellAuthor(const Telling& telling, std::vector<std::string> delivered);
  void Remember(const std::string& ledger, const Telling& telling);
  bool IsPassedOn(const Telling& telling, const ModelOffice& integration) const;

  // Of a consultation: who takes part, who oversees, the author. `index` is the consultation's.
  void TellConsultation(const Telling& telling, size_t index, bool changed, absl::Time now);
  void TellOfConsultation(const std::string& ledger, const Telling& telling, size_t index,
                          Told told, absl::Time now);

  std::vector<std::string> FrameworksOf(std::string_view party) const;

  std::map<std::string, std::vector<std::string>> frameworks_;  // With their States.
  std::map<std::string, std::vector<Told>> ledgers_;
  std::vector<ModelOffice> offices_;
  std::vector<ModelNotification> notifications_;
  std::vector<ModelConsultation> consultations_;
  std::vector<ModelContent> contents_;
  std::map<std::string, std::string> own_;  // Ledgers by "party/office/id".
  // By ledger and id: which consultation it is there, and what is said of it.
  std::map<std::pair<std::string, std::string>, size_t> known_;
  std::map<std::pair<std::string, std::string>, v1::ConsultationRecord> records_;
  // What each ledger shows: (ledger, digest, office or State).
  std::set<std::vector<std::string>> opened_by_office_;
  std::set<std::vector<std::string>> opened_by_state_;
  std::set<std::vector<std::string>> acknowledged_;
  std::set<std::vector<std::string>> answered_;  // With a last reply.
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_VISIBILITY_MODEL_H_
