#include "tests/fuzz/seed_acts.h"

#include <algorithm>
#include <utility>

#include "core/rules/facts.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "tests/support/served_consultations.h"

namespace cbm::fuzz {
namespace {

using test::Draft;
using test::TestOffice;

// Offices by their number in FuzzedExchange.
constexpr uint8_t kEstonia = 0;
constexpr uint8_t kFinland = 2;
constexpr uint8_t kLatvia = 4;
constexpr uint8_t kLatviaDuty = 5;
constexpr uint8_t kIntegration = 6;
constexpr uint8_t kSecretariat = 7;
constexpr uint8_t kSpareOffice = 9;

Draft DraftOf(const v1::PerformActRequest& request) {
  Draft draft;
  draft.act.ParseFromString(request.signed_act().act());
  return draft;
}

// Whether a party was sent it, so that it may open and answer it.
bool IsFor(const TestOffice& reader, const Sent& sent) {
  if (sent.act.party() == reader.party) {
    return false;
  }
  return sent.act.audience().has_all() ||
         (sent.act.audience().has_secretariat() && reader.party == "SECRETARIAT") ||
         std::count(sent.states.begin(), sent.states.end(), reader.party) != 0;
}

// The last of `all` that fits, or else one of them; null if there is none at all.
template <typename Fits>
const Sent* Choose(const std::vector<Sent>& all, const Step& step, Fits fits) {
  if (all.empty()) {
    return nullptr;
  }
  if (step.about == 0) {
    const auto found = std::find_if(all.rbegin(), all.rend(), fits);
    return found == all.rend() ? &all.back() : &*found;
  }
  return &all[step.about % all.size()];
}

Digest DigestOf(const Sent* sent) {
  return sent == nullptr ? Sha256("nothing") : DigestFrom(sent->digest).value();
}

void Refer(const Sent* to, v1::Act& act) {
  v1::Reference& reference = *act.add_references();
  reference.set_act_digest(std::string(BytesOf(DigestOf(to))));
  reference.set_record_version(1);
}

std::vector<std::string> OthersThan(const TestOffice& author, bool all) {
  std::vector<std::string> states = {"EE", "FI", "LV"};
  std::erase(states, author.party);
  if (!all) {
    states = {states.back()};
  }
  return states;
}

void FillForm(test::ServedExchange& exchange, Draft& draft) {
  draft.act.mutable_submit()->mutable_notification()->set_kind("EVT");
  v1::Manifest manifest;
  manifest.set_subject("An event");
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"day", "2026-03-12"}, {"level", "3"}, {"title", "Exercise"}}) {
    v1::Field& field = *manifest.add_fields();
    field.set_name(name);
    field.set_value(value);
  }
  manifest.set_body("What is to happen.");
  exchange.SetManifest(manifest, draft);
}

Draft Submit(FuzzedExchange& exchange, const TestOffice& author, const Step& step) {
  const int variant = step.variant % 9;
  const bool is_named = variant != 2 && variant != 3;
  Draft draft = exchange.served().DraftSubmit(
      author,
      is_named ? OthersThan(author, variant == 1 || variant == 4) : std::vector<std::string>{});
  v1::Submit& submit = *draft.act.mutable_submit();
  v1::Notification& notification = *submit.mutable_notification();
  switch (variant) {
    case 1:
      draft.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_SHOWN);
      notification.set_kind("INQ");
      break;
    case 3:
      draft.act.mutable_audience()->mutable_all()->set_framework("OSCE");
      break;
    case 4:
    case 5:
      submit.set_follow_up(variant == 4 ? v1::FOLLOW_UP_UPDATE : v1::FOLLOW_UP_FINAL_REPORT);
      Refer(Choose(exchange.sent(), step,
                   [&](const Sent& sent) { return sent.act.party() == author.party; }),
            draft.act);
      break;
    case 6:
      notification.set_marking(v1::MARKING_RED);
      draft.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
      draft.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
      break;
    case 7:
      exchange.served().SetManifestWithAnnex(draft);
      notification.set_precedence(v1::PRECEDENCE_EMERGENCY);
      break;
    case 8:
      FillForm(exchange.served(), draft);
      break;
    default:
      break;
  }
  return draft;
}

Draft Reply(FuzzedExchange& exchange, const TestOffice& author, const Step& step) {
  const Sent* const answered =
      Choose(exchange.sent(), step, [&](const Sent& sent) { return IsFor(author, sent); });
  const std::string to = answered == nullptr ? "EE" : answered->act.party();
  Draft draft = exchange.served().DraftSubmit(author, {to});
  const v1::Notification notification = draft.act.submit().notification();
  v1::Reply& reply = *draft.act.mutable_reply();
  *reply.mutable_notification() = notification;
  reply.mutable_notification()->set_kind("RSP");
  reply.set_quotes(step.variant % 2 == 0 ? v1::QUOTING_QUOTES_NOTHING : v1::QUOTING_QUOTES);
  reply.set_outcome(static_cast<v1::ReplyOutcome>(1 + step.variant % 3));
  Refer(answered, draft.act);
  return draft;
}

Draft Consult(FuzzedExchange& exchange, const TestOffice& author, v1::Act::KindCase kind,
              const Step& step) {
  const Sent* const request = Choose(exchange.requests(), step, [&](const Sent& sent) {
    return sent.act.party() == author.party ||
           std::count(sent.states.begin(), sent.states.end(), author.party) != 0;
  });
  const std::string id(BytesOf(DigestOf(request)));
  const v1::ConsultationState state = rules::FindConsultation(exchange.ReplicaOf(author).own(), id)
                                          .value()
                                          .value_or(v1::ConsultationRecord())
                                          .state();
  Draft draft =
      test::DraftInConsultation(exchange.served(), author, static_cast<v1::ActKind>(kind),
                                {.consultation_id = id,
                                 .parties = {state.parties().begin(), state.parties().end()},
                                 .invitees = {state.invitees().begin(), state.invitees().end()}});
  v1::Act& act = draft.act;
  if (act.has_answer()) {
    act.mutable_answer()->set_answer(static_cast<v1::AnswerKind>(1 + step.variant % 4));
  } else if (act.has_schedule() && step.variant % 2 == 1) {
    act.mutable_schedule()->clear_from();
    act.mutable_schedule()->clear_to();
  } else if (act.has_draft_record()) {
    act.mutable_draft_record()->set_record_version(state.record_version() + 1);
  } else if (act.has_confirm_record()) {
    act.mutable_confirm_record()->set_record_digest(state.record_digest());
  } else if (act.has_refuse_record()) {
    act.mutable_refuse_record()->set_record_digest(state.record_digest());
  }
  return draft;
}

Draft Enrol(FuzzedExchange& exchange, const TestOffice& author, const Step& step) {
  static constexpr const char* kParties[] = {"LT", "EE", "CHAIR", "AUDITOR", "FI", "JP", "EE"};
  static constexpr v1::OfficeType kTypes[] = {
      v1::OFFICE_TYPE_DUTY,    v1::OFFICE_TYPE_POLICY,      v1::OFFICE_TYPE_CHAIR,
      v1::OFFICE_TYPE_AUDITOR, v1::OFFICE_TYPE_INTEGRATION, v1::OFFICE_TYPE_TECHNICAL,
      v1::OFFICE_TYPE_DUTY};
  static constexpr size_t kAgain = 6;  // The one that nothing depends on.
  const size_t which = step.variant % std::size(kParties);
  test::OfficeToEnrol office{.party = kParties[which],
                             .name = which == kAgain ? exchange.Office(kSpareOffice).name
                                     : which == 2    ? "2026"
                                                     : "new",
                             .type = kTypes[which]};
  if (which >= 2 && which <= 3) {
    office.scopes = {v1::SCOPE_READ};
  }
  return exchange.served().DraftEnrol(author, office, FuzzedExchange::Spare(step.about));
}

// Whose credential is changed: the one that nothing depends on, or anybody's.
const TestOffice& Subject(const FuzzedExchange& exchange, const Step& step) {
  return step.about == 0 ? exchange.Office(kSpareOffice) : exchange.Office(step.about);
}

}  // namespace

Draft MakeSeed(FuzzedExchange& exchange, const TestOffice& author, v1::Act::KindCase kind,
               const Step& step) {
  test::ServedExchange& served = exchange.served();
  const auto received = [&] {
    return DigestOf(
        Choose(exchange.sent(), step, [&](const Sent& sent) { return IsFor(author, sent); }));
  };
  switch (kind) {  // Without a default: a new kind needs its seed.
    case v1::Act::KIND_NOT_SET:
      return {.act = served.NewAct(author), .openings = {}, .contents = {}};
    case v1::Act::kSubmit:
      return Submit(exchange, author, step);
    case v1::Act::kOpen:
      return DraftOf(served.MakeOpen(author, received()));
    case v1::Act::kAcknowledge:
      return DraftOf(served.MakeAcknowledge(author, received()));
    case v1::Act::kReply:
      return Reply(exchange, author, step);
    case v1::Act::kConsultationRequest:
      return test::DraftConsultationRequest(served, author,
                                            OthersThan(author, step.variant % 2 == 0));
    case v1::Act::kAnswer:
    case v1::Act::kSchedule:
    case v1::Act::kPost:
    case v1::Act::kMarkHeld:
    case v1::Act::kDraftRecord:
    case v1::Act::kConfirmRecord:
    case v1::Act::kRefuseRecord:
    case v1::Act::kFileStatement:
    case v1::Act::kLeave:
    case v1::Act::kWithdrawConsultation:
      return Consult(exchange, author, kind, step);
    case v1::Act::kEnrol:
      return Enrol(exchange, author, step);
    case v1::Act::kGrantIntegration:
      return DraftOf(
          served.MakeGrant(author, "siem", static_cast<v1::Marking>(1 + step.variant % 5)));
    case v1::Act::kSuspendCredential:
      return DraftOf(served.MakeSuspend(author, Subject(exchange, step)));
    case v1::Act::kRestoreCredential:
      return DraftOf(served.MakeRestore(author, Subject(exchange, step)));
    case v1::Act::kRevokeCredential:
      return DraftOf(served.MakeRevoke(author, Subject(exchange, step)));
    case v1::Act::kRenewCredential:
      return DraftOf(served.MakeRenew(author, FuzzedExchange::Spare(step.about)));
  }
  return {};
}

namespace {

Step By(uint8_t office, v1::Act::KindCase kind, uint8_t variant = 0, uint8_t about = 0) {
  return {.office = office, .kind = static_cast<uint8_t>(kind), .variant = variant, .about = about};
}

std::vector<Step> Notifications() {
  std::vector<Step> steps;
  for (uint8_t variant = 0; variant < 9; ++variant) {
    steps.push_back(By(kEstonia, v1::Act::kSubmit, variant));
    steps.push_back(By(kLatviaDuty, v1::Act::kOpen));
    if (variant % 3 == 0) {
      steps.push_back(By(kLatvia, v1::Act::kAcknowledge));
      steps.push_back(By(kLatvia, v1::Act::kReply));
    }
  }
  return steps;
}

std::vector<Step> Consultation() {
  return {By(kEstonia, v1::Act::kConsultationRequest),
          By(kFinland, v1::Act::kAnswer),
          By(kLatvia, v1::Act::kAnswer),
          By(kEstonia, v1::Act::kSchedule),
          By(kFinland, v1::Act::kPost),
          By(kEstonia, v1::Act::kMarkHeld),
          By(kEstonia, v1::Act::kDraftRecord),
          By(kLatvia, v1::Act::kRefuseRecord),
          By(kEstonia, v1::Act::kDraftRecord),
          By(kFinland, v1::Act::kConfirmRecord),
          By(kLatvia, v1::Act::kFileStatement),
          By(kLatvia, v1::Act::kLeave),
          By(kEstonia, v1::Act::kConfirmRecord),
          By(kFinland, v1::Act::kFileStatement)};
}

std::vector<Step> Directory() {
  return {By(kSecretariat, v1::Act::kEnrol),
          By(kSecretariat, v1::Act::kEnrol, 2, 1),
          By(kLatvia, v1::Act::kGrantIntegration, 4),
          By(kEstonia, v1::Act::kSubmit),
          By(kIntegration, v1::Act::kOpen),
          By(kSecretariat, v1::Act::kSuspendCredential),
          By(kSecretariat, v1::Act::kRestoreCredential),
          By(kSpareOffice, v1::Act::kRenewCredential, 0, 2),
          By(kEstonia, v1::Act::kSuspendCredential),
          By(kSpareOffice, v1::Act::kSubmit),
          By(kEstonia, v1::Act::kRevokeCredential),
          By(kSecretariat, v1::Act::kRenewCredential, 0, 3)};
}

// An office whose key was lost, and that is enrolled with another.
std::vector<Step> EnrolledAgain() {
  return {By(kEstonia, v1::Act::kSuspendCredential), By(kSecretariat, v1::Act::kEnrol, 6, 1),
          By(kSecretariat, v1::Act::kRevokeCredential)};
}

std::vector<Step> Withdrawal() {
  return {By(kLatvia, v1::Act::kConsultationRequest, 1),
          By(kLatvia, v1::Act::kWithdrawConsultation), By(kLatvia, v1::Act::kConsultationRequest),
          By(kEstonia, v1::Act::kAnswer, 1), By(kFinland, v1::Act::kAnswer, 2)};
}

// As far as the first act of this kind comes, and then by every office.
std::vector<Step> ByEveryOffice(v1::Act::KindCase kind, const std::vector<Step>& scenario) {
  const auto first = std::find_if(scenario.begin(), scenario.end(),
                                  [&](const Step& step) { return step.kind == kind; });
  std::vector<Step> steps;
  if (first != scenario.end()) {
    steps.assign(scenario.begin(), first);
    for (uint8_t office = 0; office < kOfficeCount; ++office) {
      steps.push_back(By(office, kind));
    }
  }
  return steps;
}

}  // namespace

std::vector<std::string> SeedProgrammes() {
  const std::vector<std::vector<Step>> scenarios = {Notifications(), Consultation(), Withdrawal(),
                                                    Directory(), EnrolledAgain()};
  std::vector<std::string> seeds;
  for (const std::vector<Step>& scenario : scenarios) {
    seeds.push_back(WriteProgramme(scenario));
  }
  const auto& kinds = *v1::Act::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    const auto kind = static_cast<v1::Act::KindCase>(kinds.field(i)->number());
    for (const std::vector<Step>& scenario : scenarios) {
      if (const std::vector<Step> steps = ByEveryOffice(kind, scenario); !steps.empty()) {
        seeds.push_back(WriteProgramme(steps));
        break;
      }
    }
  }
  return seeds;
}

}  // namespace cbm::fuzz
