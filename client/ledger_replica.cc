#include "client/ledger_replica.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/verify.h"
#include "core/rules/act_shape.h"
#include "core/rules/consultation_check.h"
#include "core/rules/credentials.h"
#include "core/rules/entry_check.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status Doubt(const std::string& what) { return absl::DataLossError(what); }

// What was refused has no effect.
bool IsRefused(const v1::Entry& entry) { return entry.role() == v1::ENTRY_ROLE_REFUSED; }

// Whether a record brings the act that its entry names, or rightly none.
absl::Status CheckAct(const ReplicaRecord& record, std::string_view exchange_id) {
  const v1::Entry& entry = record.entry;
  if (!record.act.has_value()) {
    return entry.has_summary() ? absl::OkStatus() : Doubt("the act that it names was not given");
  }
  const EncodedAct& act = *record.act;
  if (entry.has_summary()) {
    return Doubt("an act was given that its reader is not to have");
  }
  if (act.act.purpose() != "cbm.v1/act" || act.act.version() != 1) {
    return Doubt("what it gives as its act is not an act of cbm.v1, version 1");
  }
  if (act.act.exchange_id() != exchange_id) {
    return Doubt("its act is of another exchange");
  }
  if (entry.act_digest() != BytesOf(act.digest)) {
    return Doubt("it is of another act than was given");
  }
  if (entry.signature_digest() != BytesOf(act.signature_digest)) {
    return Doubt("it is of another signature than was given");
  }
  if (!MayBeOfKind(act.act, entry.kind())) {
    return Doubt("it says that its act is of another kind");
  }
  const auto& references = act.act.references();
  if (std::any_of(references.begin(), references.end(), [](const v1::Reference& reference) {
        return reference.act_digest().size() != kDigestBytes;
      })) {
    return Doubt("its act rests on another that it names by no digest");
  }
  return absl::OkStatus();
}

// Entry 0 of the ledger of a framework, which no act made: all that it says follows from the
// genesis document, but for its time and its salt.
absl::Status CheckFirst(const rules::Exchange& exchange, const Digest& genesis_digest,
                        const LedgerId& ledger, v1::Entry entry) {
  v1::Entry first = rules::GenesisEntry(exchange, ledger.name(), genesis_digest);
  first.set_purpose(entry.purpose());
  first.set_version(entry.version());
  first.set_exchange_id(entry.exchange_id());
  *first.mutable_time() = entry.time();
  first.set_salt(entry.salt());
  entry.DiscardUnknownFields();  // Of a later version.
  return entry.SerializeAsString() == first.SerializeAsString()
             ? absl::OkStatus()
             : Doubt(
                   "it begins the ledger of a framework, and says something else than the "
                   "genesis document");
}

// Whether what it opens was committed to, in order and each once.
absl::Status CheckOpened(const ReplicaRecord& record) {
  std::vector<std::string_view> states;
  for (const v1::AddresseeOpening& opening : record.entry.openings()) {
    states.push_back(opening.state());
  }
  if (!rules::Rises(states)) {
    return Doubt("it names its addressees in disorder, or one of them twice");
  }
  if (!record.act.has_value()) {
    return absl::OkStatus();
  }
  const auto& commitments = record.act->act.audience().commitments().commitments();
  for (const v1::AddresseeOpening& opening : record.entry.openings()) {
    const Digest commitment = AddresseeCommitment(opening.salt(), opening.state());
    if (std::find(commitments.begin(), commitments.end(), BytesOf(commitment)) ==
        commitments.end()) {
      return Doubt("it names an addressee that its author did not commit to");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckGiven(const ReplicaRecord& record) {
  std::vector<Digest> given;
  for (const std::string& bytes : record.record.given()) {
    const absl::StatusOr<Digest> digest = DigestFrom(bytes);
    if (!digest.ok()) {
      return Doubt("the digest of a content that it gives is not 32 bytes");
    }
    given.push_back(*digest);
  }
  return GivenDigest(given) == record.entry.given_digest()
             ? absl::OkStatus()
             : Doubt("it gives other contents than were named");
}

// Whether a credential, as it stood when it signed, was neither suspended nor revoked.
absl::Status CheckActive(const v1::CredentialRecord& record) {
  if (record.has_revoked()) {
    return Doubt(
        "its act is signed by a credential that was revoked before: whoever holds its key may have "
        "made it, and the exchange should have refused it");
  }
  if (record.has_suspended()) {
    return Doubt(
        "its act is signed by a credential that was suspended before: whoever holds its key may "
        "have made it, and the exchange should have refused it");
  }
  return absl::OkStatus();
}

// The credential that signed an act at `time`, as it was registered then.
absl::StatusOr<v1::CredentialRecord> CheckSignature(const EncodedAct& act, absl::Time time,
                                                    const FindCredentialFn& find_credential) {
  const absl::StatusOr<Digest> credential = DigestFrom(act.act.signing_credential());
  if (!credential.ok()) {
    return Doubt("its act names no credential");
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> record,
                       find_credential(*credential, time));
  if (!record.has_value()) {
    return Doubt("its act is signed by a credential that the directory does not have");
  }
  if (record->party() != act.act.party() || record->office() != act.act.office()) {
    return Doubt(fmt::format("its act says to be of {}-{}, but the credential is of {}-{}",
                             CleanLine(act.act.party()), CleanLine(act.act.office()),
                             record->party(), record->office()));
  }
  const auto& purposes = record->purposes();
  if (std::find(purposes.begin(), purposes.end(), v1::CREDENTIAL_PURPOSE_SIGN) == purposes.end()) {
    return Doubt("its act is signed by a credential that is not registered to sign");
  }
  if (record->has_registered() && TimeOf(record->registered()) > time) {
    return Doubt("its act is signed by a credential that was registered only later");
  }
  CBM_RETURN_IF_ERROR(CheckActive(*record));
  const absl::StatusOr<Certificate> certificate = Certificate::FromDer(record->certificate());
  const absl::Status signed_by =
      certificate.ok() ? VerifyActSignature(act, *certificate) : certificate.status();
  if (!signed_by.ok()) {
    return Doubt(fmt::format("its act's signature does not verify: {}", MessageOf(signed_by)));
  }
  return *record;
}

// Whether a registered credential shows that its key is held for that office in this exchange.
absl::Status CheckPossession(const v1::Act& act, const Certificate& certificate) {
  const bool renews = act.has_renew_credential();
  const absl::Status held = VerifyDetached(
      certificate, renews ? act.renew_credential().possession() : act.enrol().possession(),
      PossessionStatement({.exchange_id = act.exchange_id(),
                           .party = renews ? act.party() : act.enrol().party(),
                           .office = renews ? act.office() : act.enrol().office(),
                           .certificate = certificate.fingerprint()}));
  return held.ok()
             ? absl::OkStatus()
             : Doubt(fmt::format("it registers a credential without proof that its key is held: {}",
                                 MessageOf(held)));
}

// Whether what an act registers is a certificate, holds from when to when `effect` says, and is
// held by the office. Of a credential that only opens, the last is not asked.
absl::Status CheckRegistration(const v1::Act& act, const v1::Effect& effect) {
  const absl::StatusOr<Certificate> certificate =
      Certificate::FromDer(rules::CertificateRegisteredBy(act));
  if (!certificate.ok()) {
    return Doubt(fmt::format("it registers a credential without a certificate that can be read: {}",
                             MessageOf(certificate.status())));
  }
  if (TimeOf(effect.valid_from()) != certificate->not_before() ||
      TimeOf(effect.valid_to()) != certificate->not_after()) {
    return Doubt(
        "it says that the certificate that it registers holds at other times than that does");
  }
  const auto& purposes = act.enrol().credential().purposes();
  return purposes.size() == 1 && purposes.Get(0) == v1::CREDENTIAL_PURPOSE_OPEN
             ? absl::OkStatus()
             : CheckPossession(act, *certificate);
}

// Whether what an act does to a credential can have been done to it, as all ledgers say together.
absl::Status CheckChange(const v1::Entry& entry, const v1::Act& act,
                         const FindCredentialFn& find_credential) {
  const v1::CredentialName* const of = rules::CredentialChangedBy(act);
  if (of == nullptr) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(of->credential()));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> record,
                       find_credential(credential, TimeOf(entry.time())));
  return record.has_value() ? rules::ChangeCredential(entry, act, *record)
                            : Doubt("a credential is changed that the directory does not have");
}

// Whether the act was signed by who may perform it, and is this ledger's to have; of one that was
// refused, by whom alone.
absl::Status CheckAuthor(const rules::Exchange& exchange, const LedgerId& ledger,
                         const ReplicaRecord& record, const FindCredentialFn& find_credential) {
  const v1::Act& act = record.act->act;
  CBM_ASSIGN_OR_RETURN(const v1::CredentialRecord signer,
                       CheckSignature(*record.act, TimeOf(record.entry.time()), find_credential));
  if (IsRefused(record.entry)) {
    return absl::OkStatus();
  }
  CBM_RETURN_IF_ERROR(rules::CheckGivenAct(exchange, ledger, record.entry, act, signer));
  CBM_RETURN_IF_ERROR(CheckChange(record.entry, act, find_credential));
  return act.has_enrol() || act.has_renew_credential()
             ? CheckRegistration(act, record.entry.effect())
             : absl::OkStatus();
}

}  // namespace

std::string RefusalOf(uint64_t ordinal, const LedgerId& ledger) {
  return fmt::format("entry {} of {} is refused", ordinal, ledger.text());
}

LedgerReplica::LedgerReplica(const rules::Exchange& exchange, const Digest& genesis_digest,
                             LedgerId id)
    : exchange_(&exchange), genesis_digest_(genesis_digest), id_(std::move(id)) {}

absl::Status LedgerReplica::CheckEntry(const v1::Entry& entry) const {
  if (entry.purpose() != "cbm.v1/entry" || entry.version() != 1) {
    return Doubt("it is not an entry of cbm.v1, version 1");
  }
  if (entry.exchange_id() != exchange_->id()) {
    return Doubt("it is of another exchange");
  }
  if (entry.ledger() != id_.text()) {
    return Doubt("it is of another ledger");
  }
  if (entry.ordinal() != size()) {
    return Doubt(fmt::format("it says to have ordinal {}: entries are missing, or in disorder",
                             entry.ordinal()));
  }
  if (entry.role() == v1::ENTRY_ROLE_UNSPECIFIED) {
    return Doubt("it does not say why this ledger has it");
  }
  if (!entry.has_time() || !rules::IsInstant(entry.time())) {
    return Doubt("it has no time, or one that is none of the years 1970 to 9999");
  }
  // All entries of an act have one time, and no two acts have the same.
  if (!records_.empty()) {
    const v1::Entry& before = records_.back().entry;
    const bool same_act = entry.act_digest() == before.act_digest();
    if (TimeOf(entry.time()) < TimeOf(before.time()) ||
        (TimeOf(entry.time()) == TimeOf(before.time())) != same_act) {
      return Doubt("its time does not follow that of the one before it");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReplicaRecord> LedgerReplica::Check(const v1::LedgerRecord& record,
                                                   Digest& leaf_hash) const {
  CBM_ASSIGN_OR_RETURN(EncodedEntry encoded, EncodedEntry::Read(record.entry()));
  leaf_hash = encoded.leaf_hash;
  ReplicaRecord checked{.record = record, .entry = std::move(encoded.entry), .act = std::nullopt};
  CBM_RETURN_IF_ERROR(CheckEntry(checked.entry));
  if (!record.act().empty()) {
    CBM_ASSIGN_OR_RETURN(checked.act, EncodedAct::Read(record.act(), record.signature()));
  } else if (!record.signature().empty()) {
    return Doubt("a signature was given, and no act that it is of");
  }
  CBM_RETURN_IF_ERROR(CheckGiven(checked));
  const bool is_first = id_.is_all() && size() == 0;
  if (is_first && !checked.act.has_value()) {
    CBM_RETURN_IF_ERROR(CheckFirst(*exchange_, genesis_digest_, id_, checked.entry));
    return checked;
  }
  if (is_first || checked.entry.kind() == v1::ACT_KIND_UNSPECIFIED) {
    return Doubt(is_first ? "it begins the ledger of a framework, which no act does"
                          : "it is without an act, and does not begin the ledger of a framework");
  }
  CBM_RETURN_IF_ERROR(CheckAct(checked, exchange_->id()));
  if (!checked.act.has_value()) {
    CBM_RETURN_IF_ERROR(rules::CheckToldOnly(id_, checked.entry));
  }
  CBM_RETURN_IF_ERROR(CheckOpened(checked));
  return checked;
}

absl::Status LedgerReplica::Add(ReplicaRecord record, const Digest& leaf_hash) {
  // As a store does: an act can be found by what its own entry projects.
  if (const absl::StatusOr<Digest> digest = DigestFrom(record.entry.act_digest());
      digest.ok() && !IsRefused(record.entry)) {
    entries_.emplace(*digest, size());
  }
  const v1::Act* const act = record.act.has_value() ? &record.act->act : nullptr;
  CBM_RETURN_IF_ERROR(rules::CheckConsultationState(id_, record.entry, act, *this));
  CBM_RETURN_IF_ERROR(rules::Project(*exchange_, record.entry, act, *this));
  const bool has_effect = act != nullptr && !IsRefused(record.entry);
  if (const auto* const of = has_effect ? rules::CredentialChangedBy(*act) : nullptr) {
    changes_[of->credential()].push_back(size());
  }
  tree_.Append(leaf_hash);
  records_.push_back(std::move(record));
  return absl::OkStatus();
}

absl::Status LedgerReplica::Append(const v1::LedgerRecord& record,
                                   const FindCredentialFn& find_credential) {
  const std::string where = RefusalOf(size(), id_);
  Digest leaf_hash{};
  absl::StatusOr<ReplicaRecord> checked = Check(record, leaf_hash);
  if (!checked.ok()) {
    return Prefix(where, checked.status());
  }
  if (checked->act.has_value()) {
    if (const absl::Status good = CheckAuthor(*exchange_, id_, *checked, find_credential);
        !good.ok()) {
      return Prefix(where, good);
    }
  }
  const absl::Status added = Add(*std::move(checked), leaf_hash);
  return added.ok() ? added : Prefix(where, added);
}

absl::Status LedgerReplica::AppendVerified(const v1::LedgerRecord& record) {
  const std::string where = RefusalOf(size(), id_);
  Digest leaf_hash{};
  absl::StatusOr<ReplicaRecord> checked = Check(record, leaf_hash);
  const absl::Status added = checked.ok() ? Add(*std::move(checked), leaf_hash) : checked.status();
  return added.ok() ? added : Prefix(where, added);
}

std::vector<const ReplicaRecord*> LedgerReplica::ChangesOf(const Digest& credential) const {
  std::vector<const ReplicaRecord*> changes;
  if (const auto found = changes_.find(BytesOf(credential)); found != changes_.end()) {
    for (const uint64_t ordinal : found->second) {
      changes.push_back(&records_[ordinal]);
    }
  }
  return changes;
}

absl::StatusOr<std::optional<std::string>> LedgerReplica::FindFact(std::string_view key) const {
  const auto found = facts_.find(key);
  return found == facts_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

absl::StatusOr<std::vector<rules::Fact>> LedgerReplica::ListFacts(std::string_view prefix,
                                                                  std::string_view from,
                                                                  rules::Direction direction,
                                                                  size_t limit) const {
  std::vector<rules::Fact> facts;
  const auto first = facts_.lower_bound(prefix);
  auto last = first;
  while (last != facts_.end() && last->first.starts_with(prefix)) {
    ++last;
  }
  if (direction == rules::Direction::kAscending) {
    for (auto at = from.empty() ? first : facts_.upper_bound(from);
         at != last && at != facts_.end() && facts.size() < limit; ++at) {
      facts.push_back({at->first, at->second});
    }
  } else {
    for (auto at = from.empty() ? last : facts_.lower_bound(from);
         at != first && facts.size() < limit;) {
      --at;
      facts.push_back({at->first, at->second});
    }
  }
  return facts;
}

absl::StatusOr<std::optional<uint64_t>> LedgerReplica::FindEntry(const Digest& act) const {
  const auto found = entries_.find(act);
  return found == entries_.end() ? std::nullopt : std::optional<uint64_t>(found->second);
}

absl::StatusOr<std::optional<std::string>> LedgerReplica::Find(std::string_view key) const {
  return FindFact(key);
}

absl::Status LedgerReplica::Put(std::string_view key, std::string_view value) {
  facts_.insert_or_assign(std::string(key), std::string(value));
  return absl::OkStatus();
}

}  // namespace cbm
