#include "core/evidence/verify.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/renewal.h"
#include "core/base/status_macros.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/genesis.h"
#include "core/evidence/receipt.h"
#include "core/evidence/verify_entry.h"
#include "core/log/signed_note.h"
#include "core/log/tlog_proof.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kActPurpose = "cbm.v1/act";
constexpr uint32_t kVersion = 1;

absl::Status Doubt(const std::string& text) { return absl::DataLossError(text); }

// The same failure, with what it was found in before it.
absl::Status In(std::string_view what, const absl::Status& status) {
  const std::string found(status.message());
  return Doubt(fmt::format("{}: {}", what, found));
}

// Whether act and entry say that they are what they are taken for, and belong together.
absl::Status CheckPair(const EncodedAct& act, const EncodedEntry& entry, const Trust& trust) {
  if (act.act.purpose() != kActPurpose || act.act.version() != kVersion) {
    return Doubt("the act is not one of cbm.v1, version 1");
  }
  if (act.act.exchange_id() != trust.log.exchange_id) {
    return Doubt("the act is of another exchange");
  }
  CBM_RETURN_IF_ERROR(CheckEntry(entry.entry, trust.log.exchange_id));
  if (entry.entry.act_digest() != BytesOf(act.digest)) {
    return Doubt("the entry is of another act");
  }
  if (entry.entry.signature_digest() != BytesOf(act.signature_digest)) {
    return Doubt("the entry is of another signature of the act");
  }
  if (!MayBeOfKind(act.act, entry.entry.kind())) {
    return Doubt("the entry says that the act is of another kind");
  }
  return absl::OkStatus();
}

// The epoch in an origin that nobody has vouched for yet. The exchange id and the ledger must be
// the entry's, the epoch one that is followed.
absl::StatusOr<uint32_t> EpochOf(std::string_view origin, const LedgerId& ledger,
                                 const LogIdentity& log) {
  const std::string before = fmt::format("{}/", log.exchange_id);
  const std::string after = fmt::format("/{}", ledger.text());
  if (origin.size() <= before.size() + after.size() || !origin.starts_with(before) ||
      !origin.ends_with(after)) {
    return Doubt("the checkpoint is of another log than the entry's ledger");
  }
  const absl::StatusOr<uint64_t> epoch =
      FromDecimal(origin.substr(before.size(), origin.size() - before.size() - after.size()));
  if (!epoch.ok() || *epoch == 0 || *epoch > std::numeric_limits<uint32_t>::max()) {
    return Doubt("the checkpoint's origin has no epoch");
  }
  if (*epoch > log.epoch) {
    return Doubt(fmt::format("the checkpoint is of epoch {}, and {} is the newest followed", *epoch,
                             log.epoch));
  }
  return static_cast<uint32_t>(*epoch);
}

// Where a proof has shown an entry to be.
struct Inclusion {
  uint32_t epoch = 1;
  Checkpoint checkpoint;
};

absl::StatusOr<Inclusion> VerifyInclusionOf(const EncodedEntry& entry, const LedgerId& ledger,
                                            std::string_view proof_text, LogIdentity log) {
  const absl::StatusOr<TlogProof> proof = ParseTlogProof(proof_text);
  if (!proof.ok()) {
    return In("the proof", proof.status());
  }
  if (!proof->extra.empty()) {
    return Doubt("the proof carries data that nobody signed");
  }
  if (proof->index != entry.entry.ordinal()) {
    return Doubt(fmt::format("the proof is for index {}, and the entry has ordinal {}",
                             proof->index, entry.entry.ordinal()));
  }
  const absl::StatusOr<SignedNote> note = ParseSignedNote(proof->checkpoint);
  if (!note.ok()) {
    return In("the checkpoint", note.status());
  }
  const std::string_view text = note->text;
  CBM_ASSIGN_OR_RETURN(log.epoch, EpochOf(text.substr(0, text.find('\n')), ledger, log));
  absl::StatusOr<Checkpoint> checkpoint =
      VerifyTlogProof(proof_text, entry.leaf_hash, KeyOfLedger(log, ledger));
  if (!checkpoint.ok()) {
    return In("the proof", checkpoint.status());
  }
  return Inclusion{.epoch = log.epoch, .checkpoint = *std::move(checkpoint)};
}

absl::StatusOr<std::vector<Certificate>> ReadChain(const v1::Receipt& receipt) {
  const auto& ders = receipt.certificate_chain();
  if (ders.empty() || static_cast<size_t>(ders.size()) > kChainCertificatesMax) {
    return Doubt(fmt::format("the receipt has {} certificates; 1 to {} are allowed", ders.size(),
                             kChainCertificatesMax));
  }
  std::vector<Certificate> chain;
  for (const std::string& der : ders) {
    absl::StatusOr<Certificate> certificate = Certificate::FromDer(der);
    if (!certificate.ok()) {
      return In("the certificates", certificate.status());
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

absl::Status CheckForm(const v1::Receipt& receipt) {
  if (receipt.purpose() != kReceiptPurpose || receipt.version() != kReceiptVersion) {
    return Doubt("the receipt is not one of cbm.v1, version 1");
  }
  if (receipt.evidence().empty() ||
      static_cast<size_t>(receipt.evidence_size()) > kRegistrationsMax + 1) {
    return Doubt(fmt::format("the receipt has {} pieces of evidence; 1 to {} are allowed",
                             receipt.evidence_size(), kRegistrationsMax + 1));
  }
  return absl::OkStatus();
}

// Evidence of something that the exchange took.
absl::StatusOr<VerifiedEvidence> VerifyTaken(const v1::Evidence& evidence, const Trust& trust) {
  CBM_ASSIGN_OR_RETURN(VerifiedEvidence verified, VerifyEvidence(evidence, trust));
  if (verified.entry.entry.role() == v1::ENTRY_ROLE_REFUSED) {
    return Doubt("the exchange refused the act");
  }
  return verified;
}

// Whether a registration in `ledger` is seen by the party that it is for, or by the verifier.
absl::Status CheckSeen(const LedgerId& ledger, std::string_view party, const Trust& trust) {
  if (trust.own_ledger == ledger) {
    return absl::OkStatus();
  }
  const auto& frameworks = trust.genesis.frameworks();
  const auto framework = std::find_if(
      frameworks.begin(), frameworks.end(),
      [&ledger](const v1::Framework& one) { return ledger.is_all() && one.id() == ledger.name(); });
  if (framework == frameworks.end()) {
    return Doubt(fmt::format("the registration is in {}, which neither all nor the verifier see",
                             ledger.text()));
  }
  const auto& members = framework->members();
  const bool participates =
      std::any_of(members.begin(), members.end(), [party](const v1::Member& member) {
        return member.code() == party && member.membership() == v1::MEMBERSHIP_PARTICIPATING;
      });
  if (IsStateCode(party) && !participates) {
    return Doubt(
        fmt::format("the registration is in {}, which {} does not read", ledger.text(), party));
  }
  return absl::OkStatus();
}

// A new credential's certificate, and its signature that it may be registered to this office.
struct HeldKey {
  std::string_view party;
  std::string_view office;
  const std::string& certificate;
  const std::string& signature;
};

absl::StatusOr<Certificate> VerifyPossession(const HeldKey& claim, const Trust& trust) {
  absl::StatusOr<Certificate> certificate = Certificate::FromDer(claim.certificate);
  if (!certificate.ok()) {
    return In("the registered certificate", certificate.status());
  }
  const std::string statement = PossessionStatement({.exchange_id = trust.log.exchange_id,
                                                     .party = claim.party,
                                                     .office = claim.office,
                                                     .certificate = certificate->fingerprint()});
  const absl::Status held = VerifyDetached(*certificate, claim.signature, statement);
  return held.ok() ? std::move(certificate) : In("the proof of possession", held);
}

// The registration that an enrolment makes. Who signed the enrolment is not asked.
absl::StatusOr<Registration> ReadEnrolment(const VerifiedEvidence& evidence, const Trust& trust) {
  const v1::Enrol& enrol = evidence.act.act.enrol();
  const auto& purposes = enrol.credential().purposes();
  const auto& scopes = enrol.credential().scopes();
  if (std::find(purposes.begin(), purposes.end(), v1::CREDENTIAL_PURPOSE_SIGN) == purposes.end()) {
    return Doubt("the enrolled credential may not sign");
  }
  CBM_ASSIGN_OR_RETURN(Certificate certificate,
                       VerifyPossession({.party = enrol.party(),
                                         .office = enrol.office(),
                                         .certificate = enrol.credential().certificate(),
                                         .signature = enrol.possession()},
                                        trust));
  return Registration{
      .party = enrol.party(),
      .office = enrol.office(),
      .certificate = std::move(certificate),
      .may_enrol = std::find(scopes.begin(), scopes.end(), v1::SCOPE_DIRECTORY) != scopes.end(),
      .registered = evidence.time};
}

// The registration that a renewal by the credential `before`, which its author has, makes.
absl::StatusOr<Registration> ReadRenewal(const VerifiedEvidence& evidence,
                                         const Registration& before, const Trust& trust) {
  const v1::RenewCredential& renewal = evidence.act.act.renew_credential();
  CBM_ASSIGN_OR_RETURN(Certificate certificate,
                       VerifyPossession({.party = before.party,
                                         .office = before.office,
                                         .certificate = renewal.certificate(),
                                         .signature = renewal.possession()},
                                        trust));
  return Registration{.party = before.party,
                      .office = before.office,
                      .certificate = std::move(certificate),
                      .may_enrol = before.may_enrol,
                      .registered = evidence.time};
}

absl::StatusOr<Registration> GenesisRegistration(const Trust& trust) {
  absl::StatusOr<Certificate> certificate =
      Certificate::FromDer(trust.genesis.secretariat_certificate());
  if (!certificate.ok()) {
    return In("the genesis document's certificate", certificate.status());
  }
  return Registration{.party = std::string(kSecretariatParty),
                      .office = std::string(kSecretariatOffice),
                      .certificate = *std::move(certificate),
                      .may_enrol = true,
                      .registered = absl::InfinitePast()};
}

// Whether `signer` is the registration of the credential that made `act`, in its time.
absl::Status CheckAuthor(const VerifiedEvidence& act, const Registration& signer) {
  if (act.act.act.signing_credential() != BytesOf(signer.certificate.fingerprint())) {
    return Doubt("the registration is of another credential than the one that signed");
  }
  if (act.act.act.party() != signer.party || act.act.act.office() != signer.office) {
    return Doubt("the credential that signed belongs to another office than the act's");
  }
  if (signer.registered > act.time) {
    return Doubt("the credential that signed was registered only later");
  }
  return absl::OkStatus();
}

absl::Status CheckEnroller(const v1::Act& act, const Registration& signer) {
  if (act.party() != kSecretariatParty && act.party() != act.enrol().party()) {
    return Doubt("the enrolment is neither by the secretariat nor by the party itself");
  }
  return signer.may_enrol ? absl::OkStatus()
                          : Doubt("the enrolment is by a credential that may not enrol");
}

// Follows the registrations from the credential that signed `first` to one that needs no proof.
class RegistrationPath {
 public:
  RegistrationPath(const Trust& trust, const Registrations& proven, Registration genesis)
      : trust_(trust), proven_(proven), genesis_(std::move(genesis)) {}

  absl::StatusOr<std::vector<Registration>> Follow(
      const VerifiedEvidence& first, const std::vector<VerifiedEvidence>& registering) const {
    const auto act_before = [&](size_t i) -> const VerifiedEvidence& {
      return i == 0 ? first : registering[i - 1];
    };
    for (size_t i = 0; i < registering.size(); ++i) {
      const v1::Act& act = registering[i].act.act;
      if (!act.has_enrol() && !act.has_renew_credential()) {
        return Doubt(
            fmt::format("evidence {}: the act is neither an enrolment nor a renewal", i + 1));
      }
    }
    // From the end, since what a renewal registers may do what the credential may that renews.
    CBM_ASSIGN_OR_RETURN(Registration last,
                         Known(act_before(registering.size()).act.act.signing_credential()));
    CBM_RETURN_IF_ERROR(CheckAuthor(act_before(registering.size()), last));
    std::vector<Registration> path;
    path.push_back(std::move(last));
    for (size_t i = registering.size(); i-- > 0;) {
      absl::StatusOr<Registration> registration = Step(act_before(i), registering[i], path.back());
      if (!registration.ok()) {
        return In(fmt::format("evidence {}", i + 1), registration.status());
      }
      path.push_back(*std::move(registration));
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  // The registration of the credential that made `act`, by the act that is to show it, which
  // `registrar` signed.
  absl::StatusOr<Registration> Step(const VerifiedEvidence& act,
                                    const VerifiedEvidence& registering,
                                    const Registration& registrar) const {
    const v1::Act& message = registering.act.act;
    CBM_RETURN_IF_ERROR(CheckSeen(registering.ledger,
                                  message.has_enrol() ? message.enrol().party() : message.party(),
                                  trust_));
    CBM_ASSIGN_OR_RETURN(Registration registration,
                         message.has_enrol() ? ReadEnrolment(registering, trust_)
                                             : ReadRenewal(registering, registrar, trust_));
    CBM_RETURN_IF_ERROR(CheckAuthor(act, registration));
    if (message.has_enrol()) {
      CBM_RETURN_IF_ERROR(CheckEnroller(message, registrar));
    }
    const absl::Status status = VerifyActSignature(registering.act, registrar.certificate);
    return status.ok() ? absl::StatusOr<Registration>(std::move(registration))
                       : In("the registration's signature", status);
  }

  // What needs no proof any more.
  absl::StatusOr<Registration> Known(std::string_view credential) const {
    if (credential == BytesOf(genesis_.certificate.fingerprint())) {
      return genesis_;
    }
    const absl::StatusOr<Digest> digest = DigestFrom(credential);
    const auto found = digest.ok() ? proven_.find(*digest) : proven_.end();
    if (found == proven_.end()) {
      return Doubt(
          "the registrations do not lead to the genesis document, nor to one that was proven");
    }
    return found->second;
  }

  const Trust& trust_;
  const Registrations& proven_;
  const Registration genesis_;
};

// When the signer's certificate has to have held: when the act was taken; of a renewal that came
// not long after its end, just before that.
absl::Time HeldAt(const VerifiedEvidence& act, const Certificate& signer) {
  const absl::Time end = signer.not_after();
  const bool renews_late =
      act.act.act.has_renew_credential() && end <= act.time && act.time < end + kRenewalAfterEndMax;
  return renews_late ? std::max(end - absl::Seconds(1), signer.not_before()) : act.time;
}

}  // namespace

absl::StatusOr<VerifiedEvidence> VerifyEvidence(const v1::Evidence& evidence, const Trust& trust) {
  CBM_ASSIGN_OR_RETURN(EncodedAct act, EncodedAct::Read(evidence.act(), evidence.signature()));
  CBM_ASSIGN_OR_RETURN(EncodedEntry entry, EncodedEntry::Read(evidence.entry()));
  CBM_RETURN_IF_ERROR(CheckPair(act, entry, trust));
  CBM_ASSIGN_OR_RETURN(const absl::Time time, TimeOfEntry(entry.entry));
  const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(entry.entry.ledger());
  if (!ledger.ok()) {
    return In("the entry's ledger", ledger.status());
  }
  CBM_ASSIGN_OR_RETURN(Inclusion inclusion,
                       VerifyInclusionOf(entry, *ledger, evidence.tlog_proof(), trust.log));
  return VerifiedEvidence{.act = std::move(act),
                          .entry = std::move(entry),
                          .time = time,
                          .ledger = *ledger,
                          .epoch = inclusion.epoch,
                          .checkpoint = std::move(inclusion.checkpoint)};
}

absl::StatusOr<VerifiedReceipt> VerifyReceipt(const v1::Receipt& receipt, const Trust& trust,
                                              const Registrations& proven) {
  CBM_RETURN_IF_ERROR(CheckForm(receipt));
  std::vector<VerifiedEvidence> evidence;
  for (int i = 0; i < receipt.evidence_size(); ++i) {
    absl::StatusOr<VerifiedEvidence> verified = VerifyTaken(receipt.evidence(i), trust);
    if (!verified.ok()) {
      return In(fmt::format("evidence {}", i), verified.status());
    }
    evidence.push_back(*std::move(verified));
  }
  VerifiedEvidence act = std::move(evidence.front());
  evidence.erase(evidence.begin());

  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ReadChain(receipt));
  const Certificate& signer = chain.front();
  if (const absl::Status status = VerifyActSignature(act.act, signer); !status.ok()) {
    return In("the act's signature", status);
  }
  if (const absl::Status genuine =
          trust.authorities.Verify(signer, std::span(chain).subspan(1), HeldAt(act, signer));
      !genuine.ok()) {
    return In("the signer's certificate", genuine);
  }
  CBM_ASSIGN_OR_RETURN(Registration genesis, GenesisRegistration(trust));
  CBM_ASSIGN_OR_RETURN(std::vector<Registration> registrations,
                       RegistrationPath(trust, proven, std::move(genesis)).Follow(act, evidence));
  return VerifiedReceipt{
      .evidence = std::move(act), .signer = signer, .registrations = std::move(registrations)};
}

absl::Status VerifyActSignature(const EncodedAct& act, const Certificate& signer) {
  if (act.act.signing_credential() != BytesOf(signer.fingerprint())) {
    return absl::InvalidArgumentError(
        "signing_credential is not the SHA-256 of the certificate that is to verify the signature");
  }
  CBM_RETURN_IF_ERROR(signer.CheckFitToSign());
  return VerifyDetached(signer, act.signature, act.bytes);
}

absl::Status VerifyDelivered(const v1::Entry& own, const EncodedEntry& other) {
  const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(other.entry.ledger());
  if (own.role() != v1::ENTRY_ROLE_OWN || !ledger.ok()) {
    return Doubt("delivery: it is shown by the author's own entry and that of a ledger");
  }
  if (own.exchange_id() != other.entry.exchange_id() ||
      own.act_digest() != other.entry.act_digest()) {
    return Doubt("delivery: the entries are of different acts");
  }
  const std::string_view reader = ledger->delivered_name();
  bool told = false;
  for (const v1::Delivered& delivered : own.delivered()) {
    if (reader.empty() || delivered.party() != reader) {
      continue;
    }
    told = true;
    if (delivered.leaf_hash() == BytesOf(other.leaf_hash)) {
      return absl::OkStatus();  // A reader may have several entries of one act.
    }
  }
  return told ? Doubt(fmt::format("delivery: {} has another entry than the author's entry says",
                                  reader))
              : Doubt("delivery: the author's entry does not say that the act went to this ledger");
}

}  // namespace cbm
