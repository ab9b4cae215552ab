#include "client/perform.h"

#include <algorithm>
#include <utility>

#include "client/exit_code.h"
#include "client/files.h"
#include "client/local_receipt.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/evidence/receipt.h"
#include "core/rules/decide.h"
#include "core/rules/facts.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// A payload of the failure of an act that is in the outbox.
constexpr char kInOutboxUrl[] = "cbm/in-outbox";

void SetTimes(absl::Time now, v1::Act& act) {
  *act.mutable_author_time() = rules::ToTimestamp(now);
  *act.mutable_valid_until() = rules::ToTimestamp(now + kActValidity);
}

absl::StatusOr<v1::SignedAct> Sign(Workplace& workplace, const v1::Act& act) {
  v1::SignedAct signed_act;
  signed_act.set_act(SerializeDeterministically(act));
  absl::StatusOr<std::string> signature =
      SignDetached(workplace.profile().certificate(), workplace.keys().signing, signed_act.act());
  if (!signature.ok()) {
    return HereError(fmt::format("the act cannot be signed: {}", MessageOf(signature.status())));
  }
  signed_act.set_signature(*std::move(signature));
  return signed_act;
}

std::filesystem::path RegistrationsFile(const Workplace& workplace) {
  return workplace.profile().folder / "registrations";
}

// Whether the exchange says in its entry that it delivered to everybody the act was for: it can
// then be convicted if it did not.
absl::Status CheckDelivered(const VerifiedReceipt& receipt,
                            const std::vector<std::string>& addressees) {
  const auto& delivered = receipt.evidence.entry.entry.delivered();
  for (const std::string& addressee : addressees) {
    if (std::none_of(delivered.begin(), delivered.end(),
                     [&](const v1::Delivered& to) { return to.party() == addressee; })) {
      return absl::DataLossError(
          fmt::format("the receipt does not say that the act was delivered to {}", addressee));
    }
  }
  return absl::OkStatus();
}

// In a consultation: the other parties that the entry says there are.
std::vector<std::string> AddresseesOf(const v1::PerformActRequest& request, const v1::Act& act,
                                      const v1::Entry& own) {
  std::vector<std::string> addressees;
  for (const std::string& party : own.effect().consultation().parties()) {
    if (party != act.party()) {
      addressees.push_back(party);
    }
  }
  for (const v1::AddresseeOpening& opening : request.addressees()) {
    addressees.push_back(opening.state());
  }
  if (act.audience().has_all()) {
    addressees.push_back(LedgerId::All(act.audience().all().framework()).text());
  }
  if (act.audience().has_secretariat()) {
    addressees.emplace_back(kSecretariatParty);
  }
  return addressees;
}

// Verifies and stores the receipt of an act that is in the outbox or was just made.
absl::StatusOr<Performed> Finish(Workplace& workplace, const v1::PerformActRequest& request,
                                 const EncodedAct& act, v1::Receipt receipt) {
  if (receipt.evidence().empty()) {
    return absl::DataLossError("the exchange answered without a receipt");
  }
  CBM_ASSIGN_OR_RETURN(receipt, CompleteReceipt(workplace, receipt, act));
  CBM_ASSIGN_OR_RETURN(const VerifiedReceipt verified,
                       VerifyReceipt(receipt, workplace.trust(), {}));
  CBM_RETURN_IF_ERROR(
      CheckDelivered(verified, AddresseesOf(request, act.act, verified.evidence.entry.entry)));
  Performed performed{.act_id = FormatUuid(act.act.act_id()),
                      .act_digest = act.digest,
                      .ledger = verified.evidence.ledger.text(),
                      .ordinal = verified.evidence.entry.entry.ordinal(),
                      .tree_size = verified.evidence.checkpoint.head.size,
                      .time = verified.evidence.time,
                      .receipt = {}};
  performed.receipt = workplace.profile().receipts() / (performed.act_id + ".receipt");
  CBM_RETURN_IF_ERROR(MakeFolder(workplace.profile().receipts()));
  CBM_RETURN_IF_ERROR(WriteFile(performed.receipt, receipt.SerializeAsString()));
  for (const v1::Content& content : request.contents()) {
    CBM_RETURN_IF_ERROR(workplace.KeepContent(content.open()));
  }
  CBM_RETURN_IF_ERROR(workplace.outbox().Remove(performed.act_id));
  return performed;
}

// Whether it is to be asked again later: the exchange did not answer, or cannot now.
bool MayBeAskedAgain(const absl::Status& failure) {
  return ExitCodeOf(failure) == ExitCode::kTryAgain || IsUnanswered(failure);
}

// The same as Finish, of an act that was handed in: who is told only that there is no good receipt
// of it would make it once more.
absl::StatusOr<Performed> FinishTaken(Workplace& workplace, const v1::PerformActRequest& request,
                                      const EncodedAct& act, v1::Receipt receipt, Unsent unsent) {
  absl::StatusOr<Performed> finished = Finish(workplace, request, act, std::move(receipt));
  if (finished.ok() || unsent == Unsent::kForget) {
    return finished;
  }
  const std::string act_id = FormatUuid(act.act.act_id());
  return Suffix(finished.status(),
                MayBeAskedAgain(finished.status())
                    ? fmt::format("the exchange has taken the act, and its receipt is still to be "
                                  "fetched: cbm outbox send {}",
                                  act_id)
                    : fmt::format("the act is kept, may have been taken, and is not to be made "
                                  "again; to ask for its receipt again: cbm outbox send {}",
                                  act_id));
}

// Whether an act was for a party set that is no longer: it will never be taken.
bool IsVoid(const absl::Status& refusal, const v1::Act& act) {
  return refusal.code() == absl::StatusCode::kAborted && act.audience().has_party_set();
}

// Takes a void act from the outbox; what it says is kept as a text.
absl::Status KeepWords(const Outbox& outbox, const v1::PerformActRequest& request,
                       const std::string& act_id, const absl::Status& refusal) {
  if (request.contents().empty()) {
    CBM_RETURN_IF_ERROR(outbox.Remove(act_id));
    return refusal;
  }
  CBM_ASSIGN_OR_RETURN(const v1::Manifest manifest,
                       ReadManifest(request.contents(0).open().plaintext()));
  CBM_ASSIGN_OR_RETURN(const std::filesystem::path file, outbox.KeepText(act_id, manifest.body()));
  CBM_RETURN_IF_ERROR(outbox.Remove(act_id));
  return Suffix(refusal, fmt::format("the text is kept in {}", file.string()));
}

// Hands in an act; what becomes of it in the outbox is as perform.h says. A void one stays there.
absl::StatusOr<Performed> Send(Workplace& workplace, const v1::PerformActRequest& request,
                               const EncodedAct& act, Unsent unsent) {
  absl::StatusOr<v1::PerformActResponse> response = workplace.api().PerformAct(request);
  const std::string act_id = FormatUuid(act.act.act_id());
  if (response.ok()) {
    return FinishTaken(workplace, request, act, std::move(*response->mutable_receipt()), unsent);
  }
  if (unsent == Unsent::kForget) {
    return response.status();
  }
  if (MayBeDone(response.status())) {
    return Suffix(response.status(),
                  fmt::format("the act is kept and not lost, and may have been taken already; to "
                              "find out, and to send it if it was not: cbm outbox send {}",
                              act_id));
  }
  if (MayBeAskedAgain(response.status())) {
    return Suffix(response.status(),
                  fmt::format("the act is kept and not lost: cbm outbox send {}", act_id));
  }
  if (IsVoid(response.status(), act.act)) {
    return response.status();
  }
  if (request.contents().empty()) {
    CBM_RETURN_IF_ERROR(workplace.outbox().Remove(act_id));
    return response.status();
  }
  return Suffix(response.status(),
                fmt::format("what you wrote is kept: cbm outbox show {0}; cbm outbox drop {0} "
                            "removes it",
                            act_id));
}

rules::Limits LimitsOf(const v1::GetExchangeResponse& about) {
  const v1::Limits& limits = about.limits();
  return {.addressees_max = limits.addressees_max(),
          .author_time_ahead_max = absl::Seconds(limits.author_time_ahead_max().seconds()),
          .validity_max = absl::Seconds(limits.validity_max().seconds())};
}

// Whether the exchange would take the act's times now. They are of the past if it was kept for
// long, and of the future if this machine's clock was fast when it was made.
bool IsTimely(Workplace& workplace, const v1::Act& act) {
  const absl::Time now = workplace.ExchangeTime();
  const absl::Duration ahead_max = workplace.about().has_value()
                                       ? LimitsOf(*workplace.about()).author_time_ahead_max
                                       : absl::ZeroDuration();
  return now < TimeOf(act.valid_until()) && TimeOf(act.author_time()) <= now + ahead_max;
}

// Whether an act of this office would be refused as it is signed: out of time, or with a credential
// that has been replaced since.
bool NeedsSigning(Workplace& workplace, const v1::Act& act) {
  const ProfileConfig& own = workplace.profile().config;
  return act.party() == own.party && act.office() == own.office &&
         (!IsTimely(workplace, act) ||
          act.signing_credential() != BytesOf(workplace.profile().certificate().fingerprint()));
}

}  // namespace

absl::Status Say(v1::Manifest manifest, Random& random, Proposal& proposal) {
  absl::StatusOr<std::string> bytes = WriteManifest(std::move(manifest));
  if (!bytes.ok()) {
    return UsageError(MessageOf(bytes.status()));
  }
  proposal.contents.push_back(MakeOpenContent(*std::move(bytes), random));
  const v1::OpenContent& content = proposal.contents.front();
  proposal.act.set_manifest_digest(
      std::string(BytesOf(ContentDigest(content.salt(), content.plaintext()))));
  return absl::OkStatus();
}

void Complete(Workplace& workplace, v1::Act& act) {
  const absl::Time now = workplace.clock().Now();
  act.set_purpose("cbm.v1/act");
  act.set_version(1);
  act.set_exchange_id(workplace.profile().log.exchange_id);
  act.set_act_id(NewUuid(now, workplace.random()));
  act.set_party(workplace.profile().config.party);
  act.set_office(workplace.profile().config.office);
  act.set_signing_credential(std::string(BytesOf(workplace.profile().certificate().fingerprint())));
  SetTimes(now, act);
}

absl::Status CheckBeforehand(Workplace& workplace, const Proposal& proposal) {
  if (!workplace.about().has_value()) {
    return absl::OkStatus();
  }
  const Digest& own = workplace.profile().certificate().fingerprint();
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> signer,
                       rules::FindCredential(workplace.replica(), own));
  if (!signer.has_value()) {
    return absl::OkStatus();
  }
  std::vector<Digest> contents;
  for (const v1::OpenContent& content : proposal.contents) {
    contents.push_back(ContentDigest(content.salt(), content.plaintext()));
  }
  const Digest digest = Sha256(SerializeDeterministically(proposal.act));
  CBM_ASSIGN_OR_RETURN(const rules::Decision decision,
                       rules::Decide(workplace.replica(),
                                     rules::Submission{.act = proposal.act,
                                                       .act_digest = digest,
                                                       .openings = proposal.openings,
                                                       .contents = contents,
                                                       .signer = *signer,
                                                       .registers = proposal.registers,
                                                       .limits = LimitsOf(*workplace.about())},
                                     workplace.ExchangeTime()));
  return decision.verdict;
}

absl::Status CheckSaid(const rules::Exchange& exchange, const Proposal& proposal) {
  const v1::Notification* const notification = rules::FormedBy(proposal.act);
  if (notification == nullptr || proposal.contents.empty()) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const v1::Manifest manifest,
                       ReadManifest(proposal.contents.front().plaintext()));
  const absl::Status good = rules::CheckForm(exchange, *notification, manifest);
  return good.ok() ? good : UsageError(MessageOf(good));
}

absl::StatusOr<Performed> Perform(Workplace& workplace, Proposal proposal) {
  Complete(workplace, proposal.act);
  CBM_RETURN_IF_ERROR(CheckSaid(workplace.exchange(), proposal));
  CBM_RETURN_IF_ERROR(CheckBeforehand(workplace, proposal));
  v1::PerformActRequest request;
  CBM_ASSIGN_OR_RETURN(*request.mutable_signed_act(), Sign(workplace, proposal.act));
  request.mutable_addressees()->Assign(proposal.openings.begin(), proposal.openings.end());
  for (v1::OpenContent& content : proposal.contents) {
    *request.add_contents()->mutable_open() = std::move(content);
  }
  CBM_ASSIGN_OR_RETURN(const EncodedAct act, EncodedAct::Read(request.signed_act().act(),
                                                              request.signed_act().signature()));
  if (proposal.unsent == Unsent::kKeep) {
    CBM_RETURN_IF_ERROR(workplace.outbox().Put(request));
  }
  absl::StatusOr<Performed> performed = Send(workplace, request, act, proposal.unsent);
  if (performed.ok() || proposal.unsent == Unsent::kForget) {
    return performed;
  }
  if (IsVoid(performed.status(), act.act)) {
    CBM_RETURN_IF_ERROR(workplace.outbox().Remove(FormatUuid(act.act.act_id())));
    return performed;
  }
  absl::Status failure = performed.status();
  if (!request.contents().empty()) {
    failure.SetPayload(kInOutboxUrl, absl::Cord());
  }
  return failure;
}

bool IsInOutbox(const absl::Status& failure) {
  return failure.GetPayload(kInOutboxUrl).has_value();
}

absl::StatusOr<Performed> SendKept(Workplace& workplace, OutboxItem item) {
  v1::GetReceiptRequest ask;
  ask.set_act_id(item.act.act.act_id());
  ask.set_office(item.act.act.office());
  absl::StatusOr<v1::GetReceiptResponse> answer = workplace.api().GetReceipt(ask);
  if (answer.ok()) {
    return FinishTaken(workplace, item.request, item.act, std::move(*answer->mutable_receipt()),
                       Unsent::kKeep);
  }
  if (answer.status().code() != absl::StatusCode::kNotFound) {
    return answer.status();
  }
  if (NeedsSigning(workplace, item.act.act)) {
    // The same act id, so that it cannot be taken twice.
    v1::Act act = item.act.act;
    act.set_signing_credential(
        std::string(BytesOf(workplace.profile().certificate().fingerprint())));
    SetTimes(workplace.clock().Now(), act);
    CBM_ASSIGN_OR_RETURN(*item.request.mutable_signed_act(), Sign(workplace, act));
    CBM_ASSIGN_OR_RETURN(item.act, EncodedAct::Read(item.request.signed_act().act(),
                                                    item.request.signed_act().signature()));
    CBM_RETURN_IF_ERROR(workplace.outbox().Put(item.request));
  }
  absl::StatusOr<Performed> performed = Send(workplace, item.request, item.act, Unsent::kKeep);
  return IsVoid(performed.status(), item.act.act)
             ? KeepWords(workplace.outbox(), item.request, FormatUuid(item.act.act.act_id()),
                         performed.status())
             : std::move(performed);
}

absl::Status KeepRegistrations(Workplace& workplace) {
  const Digest& own = workplace.profile().certificate().fingerprint();
  CBM_ASSIGN_OR_RETURN(std::vector<v1::Evidence> registrations,
                       ListRegistrations(workplace.replica(), BytesOf(own)));
  v1::Receipt kept = BuildReceipt(std::move(registrations), std::vector<Certificate>());
  return WriteFile(RegistrationsFile(workplace), kept.SerializeAsString());
}

absl::StatusOr<v1::Receipt> CompleteReceipt(Workplace& workplace, const v1::Receipt& receipt,
                                            const EncodedAct& act) {
  const Trust trust = workplace.trust();
  const auto completed = [&](v1::Receipt candidate,
                             const v1::Receipt& registrations) -> absl::StatusOr<v1::Receipt> {
    if (candidate.evidence().empty() || candidate.evidence(0).act() != act.bytes ||
        candidate.evidence(0).signature() != act.signature) {
      return absl::DataLossError("the receipt is of another act");
    }
    candidate.mutable_evidence()->MergeFrom(registrations.evidence());
    if (candidate.certificate_chain().empty()) {
      for (const Certificate& certificate : workplace.profile().chain) {
        candidate.add_certificate_chain(certificate.der());
      }
    }
    CBM_RETURN_IF_ERROR(VerifyReceipt(candidate, trust, {}).status());
    return candidate;
  };
  absl::StatusOr<v1::Receipt> complete = completed(receipt, {});
  if (complete.ok()) {
    return complete;
  }
  v1::Receipt registrations;
  if (const auto kept = ReadFile(RegistrationsFile(workplace), kReceiptBytesMax);
      kept.ok() && registrations.ParseFromString(*kept)) {
    complete = completed(receipt, registrations);
    if (complete.ok()) {
      return complete;
    }
  }
  v1::GetReceiptRequest ask;
  ask.set_act_id(act.act.act_id());
  ask.set_office(act.act.office());
  absl::StatusOr<v1::GetReceiptResponse> answer = workplace.api().GetReceipt(ask);
  if (answer.status().code() == absl::StatusCode::kNotFound) {
    return absl::DataLossError("the receipt does not verify, and the exchange has no other");
  }
  CBM_RETURN_IF_ERROR(answer.status());
  complete = completed(std::move(*answer->mutable_receipt()), {});
  if (!complete.ok()) {
    return Prefix("the receipt does not verify", complete.status());
  }
  registrations = *complete;
  registrations.mutable_evidence()->DeleteSubrange(0, 1);
  registrations.clear_certificate_chain();
  CBM_RETURN_IF_ERROR(WriteFile(RegistrationsFile(workplace), registrations.SerializeAsString()));
  return complete;
}

}  // namespace cbm
