#include "tests/integration/probe_maker.h"

#include "cbm/v1/consultation_service.pb.h"
#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/ledger_service.pb.h"
#include "cbm/v1/log_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "core/base/base64.h"
#include "core/base/uuid.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "tests/integration/answer.h"
#include "tests/support/served_consultations.h"

namespace cbm::test {
namespace {

using ::google::protobuf::Message;

template <typename Request>
std::unique_ptr<Message> Copy(Request request) {
  return std::make_unique<Request>(std::move(request));
}

v1::PerformActRequest Acting(ServedExchange& exchange, const TestOffice& author,
                             const std::function<void(v1::Act&)>& edit) {
  Draft draft{.act = exchange.NewAct(author), .openings = {}, .contents = {}};
  draft.act.mutable_audience()->mutable_own();
  edit(draft.act);
  return ServedExchange::Sign(author, draft);
}

// The kinds of act that are made in a consultation.
std::vector<v1::ActKind> KindsInConsultation() {
  std::vector<v1::ActKind> found;
  const auto* const kinds = v1::Act::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds->field_count(); ++i) {
    if (kinds->field(i)->message_type()->FindFieldByName("consultation_id") != nullptr) {
      found.push_back(static_cast<v1::ActKind>(kinds->field(i)->number()));
    }
  }
  return found;
}

}  // namespace

// Bytes that name nothing, as many as name something.
std::string ProbeMaker::Unknown(std::string_view like) {
  return exchange_.random().Bytes(like.size());
}

void ProbeMaker::OfAct(const Sent& sent) {
  const Pair digest{sent.digest, Unknown(sent.digest)};
  const bool is_notification = !sent.content.empty();
  Add({"NotificationService/Get", "an act digest",
       [digest](const TestOffice&, bool exists) {
         v1::GetNotificationRequest request;
         request.set_act_digest(digest.Of(exists));
         return Copy(request);
       },
       is_notification ? &sender_ : nullptr});
  for (const uint32_t version : {1U, 2U}) {
    const auto refer = [digest, version](v1::Act& act, bool exists) {
      v1::Reference& reference = *act.add_references();
      reference.set_act_digest(digest.Of(exists));
      reference.set_record_version(version);
    };
    Add({"ActService/PerformAct", "an open",
         [&exchange = exchange_, refer](const TestOffice& caller, bool exists) {
           return Copy(Acting(exchange, caller, [&](v1::Act& act) {
             act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
             refer(act, exists);
           }));
         },
         nullptr});
    Add({"ActService/PerformAct", "an acknowledgement",
         [&exchange = exchange_, refer](const TestOffice& caller, bool exists) {
           return Copy(Acting(exchange, caller, [&](v1::Act& act) {
             act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
             refer(act, exists);
           }));
         },
         is_notification ? &sender_ : nullptr});
    Add({"ActService/PerformAct", "a submit that refers to it",
         [&exchange = exchange_, refer](const TestOffice& caller, bool exists) {
           Draft draft = exchange.DraftSubmit(caller, {"LV"});
           refer(draft.act, exists);
           return Copy(ServedExchange::Sign(caller, draft));
         },
         nullptr});
    Add({"ActService/PerformAct", "a follow-up of it",
         [&exchange = exchange_, refer](const TestOffice& caller, bool exists) {
           Draft draft = exchange.DraftSubmit(caller, {"SE"});
           draft.act.mutable_submit()->set_follow_up(v1::FOLLOW_UP_UPDATE);
           refer(draft.act, exists);
           return Copy(ServedExchange::Sign(caller, draft));
         },
         is_notification ? &sender_ : nullptr});
    Add({"ActService/PerformAct", "a reply to it",
         [&exchange = exchange_, refer](const TestOffice& caller, bool exists) {
           Draft draft = exchange.DraftSubmit(caller, {"LV"});
           const v1::Notification notification = draft.act.submit().notification();
           v1::Reply& reply = *draft.act.mutable_reply();
           *reply.mutable_notification() = notification;
           reply.mutable_notification()->set_kind("RSP");
           reply.set_outcome(v1::REPLY_OUTCOME_FINAL);
           reply.set_quotes(v1::QUOTING_QUOTES);
           refer(draft.act, exists);
           return Copy(ServedExchange::Sign(caller, draft));
         },
         is_notification ? &sender_ : nullptr});
  }
}

void ProbeMaker::OfConsultation(const PartySetMembers& members, const TestOffice& owner) {
  const Pair named{std::string(members.consultation_id), Unknown(members.consultation_id)};
  Add({"ConsultationService/Get", "a consultation's id",
       [named](const TestOffice&, bool exists) {
         v1::GetConsultationRequest request;
         request.set_consultation_id(named.Of(exists));
         return Copy(request);
       },
       &owner});
  Add({"ConsultationService/List", "a page that goes on after its id",
       [named](const TestOffice&, bool exists) {
         v1::ListConsultationsRequest request;
         request.set_page_token(ToBase64(std::string(16, 'b') + "S" + named.Of(exists)));
         return Copy(request);
       },
       nullptr});
  // For other States than take part, and for those: the owner may ask for the first without
  // changing anything.
  const std::vector<PartySetMembers> sets = {
      {.consultation_id = {}, .parties = {"EE"}, .invitees = {}}, members};
  for (const PartySetMembers& set : sets) {
    const bool fits = set.parties == members.parties && set.invitees == members.invitees;
    for (const v1::ActKind kind : KindsInConsultation()) {
      Add({"ActService/PerformAct", v1::ActKind_Name(kind),
           [&exchange = exchange_, named, kind, set](const TestOffice& caller, bool exists) {
             PartySetMembers of_id = set;
             of_id.consultation_id = named.Of(exists);
             return Copy(
                 ServedExchange::Sign(caller, DraftInConsultation(exchange, caller, kind, of_id)));
           },
           fits ? nullptr : &owner});
    }
  }
}

void ProbeMaker::OfContent(const Sent& sent) {
  const Pair act{sent.digest, Unknown(sent.digest)};
  const Pair content{sent.content, Unknown(sent.content)};
  const auto add = [&](std::string_view about, bool absent_act, bool absent_content) {
    Add({"LedgerService/GetContent", std::string(about),
         [=](const TestOffice&, bool exists) {
           v1::GetContentRequest request;
           request.set_act_digest(act.Of(exists || !absent_act));
           request.set_content_digest(content.Of(exists || !absent_content));
           return Copy(request);
         },
         &sender_});
  };
  add("no such act", true, false);
  add("no such content of it", false, true);
  add("neither", true, true);
}

void ProbeMaker::OfReceipt(const Sent& sent, const TestOffice& owner) {
  const Pair id{sent.id, Unknown(sent.id)};
  for (const std::string& office : {std::string(), sent.office}) {
    Add({"ActService/GetReceipt", "an act id, office '" + office + "'",
         [id, office](const TestOffice&, bool exists) {
           v1::GetReceiptRequest request;
           request.set_act_id(id.Of(exists));
           request.set_office(office);
           return Copy(request);
         },
         &owner});
  }
  const Pair uuid{sent.id, NewUuid(exchange_.clock().Now(), exchange_.random())};
  Add({"ActService/PerformAct", "an act that says to be of the other's, by its id",
       [&exchange = exchange_, uuid, sent](const TestOffice& caller, bool exists) {
         return Copy(Acting(exchange, caller, [&](v1::Act& act) {
           act.set_party(sent.party);
           act.set_office(sent.office);
           act.set_act_id(uuid.Of(exists));
           act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
         }));
       },
       nullptr});
  Add({"ActService/PerformAct", "an own act by the other's id",
       [&exchange = exchange_, uuid](const TestOffice& caller, bool exists) {
         return Copy(Acting(exchange, caller, [&](v1::Act& act) {
           act.set_act_id(uuid.Of(exists));
           act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
         }));
       },
       nullptr});
}

void ProbeMaker::OfLedger(const Pair& ledger, const TestOffice& owner) {
  for (const uint64_t ordinal : {0U, 1U, 5'000U}) {
    for (const uint32_t epoch : {1U, 2U}) {
      const auto cursor = [=](bool exists) {
        v1::Cursor at;
        at.set_ledger(ledger.Of(exists));
        at.set_epoch(epoch);
        at.set_ordinal(ordinal);
        return at;
      };
      const std::string about = fmt::format("{} at {}, epoch {}", ledger.there, ordinal, epoch);
      Add({"LedgerService/ListEntries", about,
           [cursor](const TestOffice&, bool exists) {
             v1::ListEntriesRequest request;
             *request.mutable_cursor() = cursor(exists);
             return Copy(request);
           },
           &owner});
      Add({"LedgerService/Follow", about,
           [cursor](const TestOffice&, bool exists) {
             v1::FollowRequest request;
             *request.add_cursors() = cursor(exists);
             *request.add_cursors() = cursor(exists);
             return Copy(request);
           },
           &owner});
    }
  }
  Add({"NotificationService/List", ledger.there,
       [ledger](const TestOffice&, bool exists) {
         v1::ListNotificationsRequest request;
         request.set_ledger(ledger.Of(exists));
         return Copy(request);
       },
       &owner});
  OfProofs(ledger, owner);
}

void ProbeMaker::OfProofs(const Pair& ledger, const TestOffice& owner) {
  Add({"LogService/GetCheckpoint", ledger.there,
       [ledger](const TestOffice&, bool exists) {
         v1::GetCheckpointRequest request;
         request.set_ledger(ledger.Of(exists));
         return Copy(request);
       },
       &owner});
  for (const uint64_t number : {0U, 1U, 5'000U}) {
    const std::string about = fmt::format("{}, {}", ledger.there, number);
    Add({"LogService/GetInclusionProof", about,
         [ledger, number](const TestOffice&, bool exists) {
           v1::GetInclusionProofRequest request;
           request.set_ledger(ledger.Of(exists));
           request.set_ordinal(number);
           request.set_tree_size(number);
           return Copy(request);
         },
         &owner});
    Add({"LogService/GetConsistencyProof", about,
         [ledger, number](const TestOffice&, bool exists) {
           v1::GetConsistencyProofRequest request;
           request.set_ledger(ledger.Of(exists));
           request.set_first_size(number);
           return Copy(request);
         },
         &owner});
  }
}

void ProbeMaker::OfFilters(const std::string& from_party, const Sent& sent) {
  v1::GetNotificationRequest get;
  get.set_act_digest(sent.digest);
  const v1::NotificationRecord record =
      ResponseOf<v1::GetNotificationResponse>(
          Ask(exchange_.KeptChannel(sender_), "NotificationService/Get", get))
          .notification();
  Add({"NotificationService/List", "from_party",
       [from_party](const TestOffice&, bool exists) {
         v1::ListNotificationsRequest request;
         request.set_from_party(exists ? from_party : "ZZ");
         return Copy(request);
       },
       &sender_});
  Add({"NotificationService/List", "since and until",
       [record](const TestOffice&, bool exists) {
         v1::ListNotificationsRequest request;
         const absl::Time time = rules::FromTimestamp(record.time()) +
                                 (exists ? absl::ZeroDuration() : absl::Seconds(30));
         *request.mutable_since() = rules::ToTimestamp(time);
         *request.mutable_until() = rules::ToTimestamp(time + absl::Microseconds(1));
         return Copy(request);
       },
       &sender_});
  v1::ListNotificationsRequest first;
  first.set_page_size(1);
  const std::string token =
      ResponseOf<v1::ListNotificationsResponse>(
          Ask(exchange_.KeptChannel(sender_), "NotificationService/List", first))
          .next_page_token();
  const Pair tokens{token, ToBase64(Unknown(FromBase64(token).value()))};
  Add({"NotificationService/List", "another's page_token",
       [tokens](const TestOffice&, bool exists) {
         v1::ListNotificationsRequest request;
         request.set_page_token(tokens.Of(exists));
         return Copy(request);
       },
       &sender_});
}

void ProbeMaker::OfOffice(const Pair& party, const TestOffice& owner) {
  Add({"DirectoryService/GetOffice", party.there,
       [party](const TestOffice&, bool exists) {
         v1::GetOfficeRequest request;
         request.set_party(party.Of(exists));
         request.set_office("duty");
         return Copy(request);
       },
       &owner});
  Add({"DirectoryService/ListOffices", party.there,
       [party](const TestOffice&, bool exists) {
         v1::ListOfficesRequest request;
         request.set_party(party.Of(exists));
         return Copy(request);
       },
       &owner});
}

void ProbeMaker::OfRegistration(const TestOffice& registered) {
  const Certificate& known = registered.credential.certificate;
  const auto unknown = std::make_shared<Issued>(exchange_.IssueCertificate());
  const Pair certificate{known.der(), unknown->certificate.der()};
  for (const bool with_possession : {false, true}) {
    Add({"ActService/PerformAct", "an enrolment with its certificate",
         [=, &exchange = exchange_](const TestOffice& caller, bool exists) {
           return Copy(Acting(exchange, caller, [&](v1::Act& act) {
             v1::Enrol& enrol = *act.mutable_enrol();
             enrol.set_party(caller.party);
             enrol.set_office("new");
             enrol.set_type(v1::OFFICE_TYPE_DUTY);
             enrol.mutable_credential()->set_certificate(certificate.Of(exists));
             enrol.mutable_credential()->add_purposes(v1::CREDENTIAL_PURPOSE_OPEN);
             enrol.set_possession(with_possession ? "none" : "");
           }));
         },
         nullptr});
  }
  Add({"ActService/PerformAct", "a renewal to its certificate",
       [=, &exchange = exchange_](const TestOffice& caller, bool exists) {
         return Copy(Acting(exchange, caller, [&](v1::Act& act) {
           act.mutable_renew_credential()->set_certificate(certificate.Of(exists));
         }));
       },
       nullptr});
  const Pair fingerprint{std::string(BytesOf(known.fingerprint())),
                         std::string(BytesOf(unknown->certificate.fingerprint()))};
  const auto change = [&](const std::string& what, auto name_in) {
    Add({"ActService/PerformAct", what,
         [=, &exchange = exchange_, party = registered.party, office = registered.name](
             const TestOffice& caller, bool exists) {
           return Copy(Acting(exchange, caller, [&](v1::Act& act) {
             v1::CredentialName& of = name_in(act);
             of.set_party(party);
             of.set_office(office);
             of.set_credential(fingerprint.Of(exists));
           }));
         },
         nullptr});
  };
  change("a suspension of it", [](v1::Act& act) -> v1::CredentialName& {
    act.mutable_suspend_credential()->set_reason(v1::CREDENTIAL_REASON_OTHER);
    return *act.mutable_suspend_credential()->mutable_of();
  });
  change("a restoration of it", [](v1::Act& act) -> v1::CredentialName& {
    return *act.mutable_restore_credential()->mutable_of();
  });
  change("a revocation of it", [](v1::Act& act) -> v1::CredentialName& {
    act.mutable_revoke_credential()->set_reason(v1::CREDENTIAL_REASON_OTHER);
    return *act.mutable_revoke_credential()->mutable_of();
  });
  Add({"ActService/PerformAct", "an act that says to be signed by it",
       [&exchange = exchange_, fingerprint](const TestOffice& caller, bool exists) {
         return Copy(Acting(exchange, caller, [&](v1::Act& act) {
           act.set_signing_credential(fingerprint.Of(exists));
           act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
         }));
       },
       nullptr});
}

void ProbeMaker::OfIntegration(const TestOffice& owner) {
  Add({"ActService/PerformAct", "a grant",
       [&exchange = exchange_](const TestOffice& caller, bool exists) {
         return Copy(exchange.MakeGrant(caller, exists ? "siem" : "soar", v1::MARKING_RED));
       },
       &owner});
}

void ProbeMaker::OfFramework() {
  Add({"DirectoryService/ListStates", "a framework",
       [](const TestOffice&, bool exists) {
         v1::ListStatesRequest request;
         request.set_framework(exists ? "UN" : "XN");
         return Copy(request);
       },
       &sender_});
}

}  // namespace cbm::test
