#ifndef CBM_CORE_RULES_FAMILIES_H_
#define CBM_CORE_RULES_FAMILIES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"
#include "core/rules/visibility.h"

namespace cbm::rules {

// One function for each kind of act, each in a file of its name. Each is called with an act whose
// shape is good (act_shape.h), and answers as Decide does.
absl::StatusOr<Decision> DecideSubmit(const View& view, const Submission& submission,
                                      absl::Time now);
absl::StatusOr<Decision> DecideOpen(const View& view, const Submission& submission, absl::Time now);
absl::StatusOr<Decision> DecideAcknowledge(const View& view, const Submission& submission,
                                           absl::Time now);
absl::StatusOr<Decision> DecideReply(const View& view, const Submission& submission,
                                     absl::Time now);
absl::StatusOr<Decision> DecideEnrol(const View& view, const Submission& submission,
                                     absl::Time now);
absl::StatusOr<Decision> DecideGrantIntegration(const View& view, const Submission& submission,
                                                absl::Time now);
absl::StatusOr<Decision> DecideRenewCredential(const View& view, const Submission& submission,
                                               absl::Time now);
// Suspend, restore, revoke.
absl::StatusOr<Decision> DecideChangeCredential(const View& view, const Submission& submission,
                                                absl::Time now);
absl::StatusOr<Decision> DecideConsultationRequest(const View& view, const Submission& submission,
                                                   absl::Time now);

// Every other act of a consultation: their forms are in consultation_form.cc, and what they make of
// it in consultation.cc.
absl::StatusOr<Decision> DecideConsultationAct(const View& view, const Submission& submission,
                                               absl::Time now);

// What the functions above share.

// A refusal without trace.
Decision Refuse(absl::Status why);

// The commitment that an opening opens, 32 bytes: SHA-256("cbm.v1/addressee" || salt || state).
std::string CommitmentOf(const v1::AddresseeOpening& opening);

// Adds an entry for `ledger` as `share` says, unless it says nothing. The entry has its kind and
// role; a summary, if it is to have one, is the caller's to fill. Returns the entry, or null.
v1::Entry* AddEntry(const Submission& submission, const LedgerId& ledger, v1::EntryRole role,
                    Share share, Decision& decision);

// The last call of every rule that accepts: the author's own entry, and, if the author is an
// integration, its State's.
void AddOwnEntry(const View& view, const Submission& submission, v1::Entry own, Decision& decision);

// Whether the certificate that an act registers can be registered: INVALID_ARGUMENT if it is too
// long, is none, or has run out.
absl::Status CheckNewCertificate(const std::string& certificate, const Submission& submission,
                                 absl::Time now);

// Whether an office may have one more credential: FAILED_PRECONDITION if it has as many as it may
// that are neither revoked nor ended.
absl::Status CheckOneMore(const v1::OfficeRecord& office, absl::Time now);

// Whether the audience is the author's own party, as acts that address nobody by themselves need
// it.
absl::Status RequireOwnAudience(const v1::Act& act);

// Whether an act that says what became of notifications (open, acknowledge) has the form that all
// of them have: the signer's scope, the own audience, a manner, something that it refers to, and no
// content. `kind` is what the act is called in the answer.
absl::Status CheckStatement(const Submission& submission, v1::Scope scope, v1::OpenManner manner,
                            std::string_view kind);

// What such an act tells those who are not given it: of which notification, and what became of it.
v1::Summary SummaryOf(const v1::NotificationRecord& record, std::string_view new_state);

// Whether an office filter keeps offices of `type` of `party` from a notification: it does not
// exist for them then. A filter narrows who may read among the addressed; the author's own offices
// know what they sent.
bool IsKeptFrom(const v1::NotificationRecord& record, std::string_view party, v1::OfficeType type);

// A notification as the author of an act on it was sent it: by name, or to all of a framework of
// its. Unset too where the author follows it by a header alone, or a filter keeps its office out.
absl::StatusOr<std::optional<v1::NotificationRecord>> FindReceived(const View& view,
                                                                   const Submission& submission,
                                                                   const Digest& digest);

// The commitment that addressed a notification to `state`; empty where there is none.
std::string CommitmentIn(const v1::NotificationRecord& record, std::string_view state);

// Whether the submitted notification is the first of its thread, or may hang on the first.
absl::StatusOr<absl::Status> CheckThread(const View& view, const Submission& submission);

// What a header says became of a thread, or of what is answered; and back.
std::string_view NewStateOf(v1::FollowUp follow_up);
std::string_view NewStateOf(v1::ReplyOutcome outcome);
v1::FollowUp FollowUpOf(std::string_view new_state);
v1::ReplyOutcome OutcomeOf(std::string_view new_state);

// Whether no reply of the State is to follow.
bool IsClosing(v1::ReplyOutcome outcome);

// "there is no such notification": the one answer to what is not there and what is not the
// author's.
absl::Status NoSuchNotification();

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_FAMILIES_H_
