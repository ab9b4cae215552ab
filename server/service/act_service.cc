#include "server/service/act_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/evidence/verify.h"
#include "core/rules/credentials.h"
#include "core/rules/form.h"
#include "server/service/guard.h"
#include "server/service/paging.h"
#include "server/service/receipts.h"

namespace cbm {
namespace {

constexpr std::string_view kNotTheSigner =
    "the signing credential is not registered to your party for signing, or not valid now";

// What an act says of the credential that it registers, and for which office.
struct Registers {
  std::string_view party;
  std::string_view office;
  const google::protobuf::RepeatedField<int>& purposes;
  const std::string& possession;
};

bool Has(const google::protobuf::RepeatedField<int>& purposes, v1::CredentialPurpose purpose) {
  return std::count(purposes.begin(), purposes.end(), purpose) != 0;
}

// The new credential's certificate and its own signature that it may be registered to this office.
absl::StatusOr<rules::Validity> CheckPossession(const v1::Act& act, const Registers& registers) {
  CBM_ASSIGN_OR_RETURN(const Certificate certificate,
                       Certificate::FromDer(rules::CertificateRegisteredBy(act)));
  if (Has(registers.purposes, v1::CREDENTIAL_PURPOSE_CONNECT)) {
    CBM_RETURN_IF_ERROR(certificate.CheckFitToConnect());
  }
  if (Has(registers.purposes, v1::CREDENTIAL_PURPOSE_SIGN)) {
    CBM_RETURN_IF_ERROR(certificate.CheckFitToSign());
  }
  if (!registers.possession.empty()) {
    const std::string statement = PossessionStatement({.exchange_id = act.exchange_id(),
                                                       .party = registers.party,
                                                       .office = registers.office,
                                                       .certificate = certificate.fingerprint()});
    if (const absl::Status proved = VerifyDetached(certificate, registers.possession, statement);
        !proved.ok()) {
      return absl::InvalidArgumentError(
          "possession does not show that the credential's key is held for this office: make it "
          "with the new key, for this exchange, party and office");
    }
  }
  return rules::Validity{.not_before = certificate.not_before(),
                         .not_after = certificate.not_after()};
}

absl::StatusOr<rules::Validity> CheckEnrolment(const v1::Act& act) {
  const v1::Enrol& enrol = act.enrol();
  return CheckPossession(act, {.party = enrol.party(),
                               .office = enrol.office(),
                               .purposes = enrol.credential().purposes(),
                               .possession = enrol.possession()});
}

// A renewal is for the purposes of the credential that signs.
absl::StatusOr<rules::Validity> CheckRenewal(const v1::Act& act, const Digest& signing,
                                             const Store& store) {
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store.FindCredential(signing));
  v1::CredentialRecord signer;
  if (!bytes.has_value() || !signer.ParseFromString(*bytes)) {
    return absl::DataLossError("a stored credential cannot be read");
  }
  return CheckPossession(act, {.party = act.party(),
                               .office = act.office(),
                               .purposes = signer.purposes(),
                               .possession = act.renew_credential().possession()});
}

// Whether what a notification or a request to consult says is in the form of its kind. Its manifest
// was read before.
absl::Status CheckSaid(const rules::Exchange& exchange, const v1::Act& act,
                       const google::protobuf::RepeatedPtrField<v1::Content>& contents) {
  const v1::Notification* const notification = rules::FormedBy(act);
  if (notification == nullptr || contents.empty()) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const v1::Manifest manifest,
                       ReadManifest(contents.Get(0).open().plaintext()));
  return rules::CheckForm(exchange, *notification, manifest);
}

// Whether an act says to be of an EMERGENCY; for nothing but how soon it is taken, since nobody has
// checked it yet.
bool SaysEmergency(const std::string& bytes, uint64_t bytes_max) {
  v1::Act act;
  return bytes.size() <= bytes_max && act.ParseFromString(bytes) && rules::IsEmergency(act);
}

// Takes the contents, which can be long, out of where they are.
std::vector<NamedContent> Name(const std::vector<Digest>& digests,
                               google::protobuf::RepeatedPtrField<v1::Content>& contents) {
  std::vector<NamedContent> named;
  named.reserve(digests.size());
  for (size_t i = 0; i < digests.size(); ++i) {
    named.push_back(
        {.digest = digests[i], .content = std::move(*contents.Mutable(static_cast<int>(i)))});
  }
  contents.Clear();
  return named;
}

}  // namespace

ActService::ActService(const ServiceContext& context, CallPolicy& policy, Sequencer& sequencer)
    : context_(context), policy_(policy), sequencer_(sequencer), certificates_(context.store) {}

absl::StatusOr<EncodedAct> ActService::Accept(const Caller& caller,
                                              const v1::SignedAct& signed_act) const {
  absl::StatusOr<EncodedAct> act =
      EncodedAct::Accept(signed_act.act(), signed_act.signature(), context_.limits.act_bytes_max);
  const bool renews_itself = act.ok() && act->act.has_renew_credential() &&
                             act->act.signing_credential() == BytesOf(caller.credential);
  if (!caller.active.ok() && !renews_itself) {
    return caller.active;
  }
  return act;
}

absl::StatusOr<HandedIn> ActService::Check(const Caller& caller, v1::PerformActRequest& request,
                                           std::optional<Certificate>& signer) {
  CBM_ASSIGN_OR_RETURN(EncodedAct act, Accept(caller, request.signed_act()));
  CBM_ASSIGN_OR_RETURN(const Digest credential,
                       ReadDigest("signing_credential", act.act.signing_credential()));
  const absl::StatusOr<Certificate> certificate =
      certificates_.Find(caller.record.party(), credential);
  if (!certificate.ok()) {
    return certificate.status().code() == absl::StatusCode::kNotFound
               ? absl::UnauthenticatedError(std::string(kNotTheSigner))
               : certificate.status();
  }
  CBM_RETURN_IF_ERROR(VerifyActSignature(act, *certificate));
  CBM_RETURN_IF_ERROR(context_.identity.CheckNotRevoked(*certificate));
  signer = *certificate;
  CBM_ASSIGN_OR_RETURN(
      const std::vector<Digest> digests,
      CheckContents(act.act, request.contents(), context_.limits.content_bytes_max));
  CBM_RETURN_IF_ERROR(CheckSaid(context_.store.exchange(), act.act, request.contents()));
  HandedIn handed_in{.act = std::move(act),
                     .openings = {request.addressees().begin(), request.addressees().end()},
                     .contents = Name(digests, *request.mutable_contents()),
                     .ledger = caller.ledger,
                     .party = caller.record.party(),
                     .office = caller.record.office(),
                     .carrying_credential = caller.credential,
                     .registers = std::nullopt};
  if (handed_in.act.act.audience().has_commitments()) {
    CBM_RETURN_IF_ERROR(
        CheckOpenings(handed_in.act.act.audience().commitments(), handed_in.openings));
  }
  if (handed_in.act.act.has_enrol()) {
    CBM_ASSIGN_OR_RETURN(handed_in.registers, CheckEnrolment(handed_in.act.act));
  } else if (handed_in.act.act.has_renew_credential()) {
    CBM_ASSIGN_OR_RETURN(handed_in.registers,
                         CheckRenewal(handed_in.act.act, credential, context_.store));
    CBM_ASSIGN_OR_RETURN(const Certificate renewed,
                         Certificate::FromDer(handed_in.act.act.renew_credential().certificate()));
    CBM_RETURN_IF_ERROR(context_.identity.CheckGenuine(renewed, caller));
  }
  return handed_in;
}

absl::StatusOr<v1::Receipt> ActService::ReceiptFor(const Caller& caller,
                                                   const v1::SignedAct& signed_act, Taken taken,
                                                   const Certificate& signer) const {
  if (taken.entry.entry.signature_digest() == BytesOf(Sha256(signed_act.signature()))) {
    return ReceiptOf(signed_act, std::move(taken), signer, context_.checkpoints);
  }
  CBM_ASSIGN_OR_RETURN(const EncodedAct act,
                       EncodedAct::Read(signed_act.act(), signed_act.signature()));
  CBM_ASSIGN_OR_RETURN(v1::Receipt receipt, FindReceipt(context_, caller,
                                                        {.party = act.act.party(),
                                                         .office = act.act.office(),
                                                         .act_id = act.act.act_id()}));
  receipt.mutable_evidence()->DeleteSubrange(1, receipt.evidence_size() - 1);
  return receipt;
}

void ActService::Serve(CallQueue& queue) {
  UnaryCall<v1::PerformActRequest, v1::PerformActResponse>::Serve(
      queue, {.ask = [this](auto*... asked) { RequestPerformAct(asked...); },
              .take = [this](auto& call) { Perform(call); }});
  policy_.ServeReads<v1::GetReceiptRequest, v1::GetReceiptResponse>(
      queue, "GetReceipt", [this](auto*... asked) { RequestGetReceipt(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadReceipt(caller, request, response);
      });
}

void ActService::Perform(UnaryCall<v1::PerformActRequest, v1::PerformActResponse>& open) {
  v1::PerformActRequest& request = open.request();
  const std::shared_ptr<Call> call = policy_.Begin(
      open, "PerformAct",
      {.kind = CallKind::kAct, .request_bytes = open.request_bytes(), .is_emergency = [&] {
         bool says_so = false;
         const absl::Status read = Guard([&]() -> absl::Status {
           CBM_RETURN_IF_ERROR(open.ReadRequest());
           says_so = SaysEmergency(request.signed_act().act(), context_.limits.act_bytes_max);
           return absl::OkStatus();
         });
         return read.ok() && says_so;
       }});
  if (!call->admitted().ok()) {
    call->Finish(call->admitted());
    return;
  }
  const absl::Status queued = Guard([&]() -> absl::Status {
    CBM_RETURN_IF_ERROR(open.ReadRequest());
    std::optional<Certificate> signer;
    CBM_ASSIGN_OR_RETURN(HandedIn checked, Check(call->caller(), request, signer));
    // The signed act stays in the request until the answer: the receipt has its bytes.
    return sequencer_.HandIn(
        std::move(checked),
        [this, call, &open, certificate = *std::move(signer)](absl::StatusOr<Taken> taken) {
          call->Finish(Guard([&]() -> absl::Status {
            CBM_RETURN_IF_ERROR(taken.status());
            CBM_ASSIGN_OR_RETURN(*open.response().mutable_receipt(),
                                 ReceiptFor(call->caller(), open.request().signed_act(),
                                            *std::move(taken), certificate));
            return absl::OkStatus();
          }));
        });
  });
  if (!queued.ok()) {
    call->Finish(queued);
  }
}

absl::Status ActService::ReadReceipt(const Caller& caller, const v1::GetReceiptRequest& request,
                                     v1::GetReceiptResponse& response) const {
  CBM_ASSIGN_OR_RETURN(
      *response.mutable_receipt(),
      FindReceipt(context_, caller,
                  {.party = caller.record.party(),
                   .office = request.office().empty() ? caller.record.office() : request.office(),
                   .act_id = request.act_id()}));
  return absl::OkStatus();
}

}  // namespace cbm
