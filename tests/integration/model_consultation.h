#ifndef CBM_TESTS_INTEGRATION_MODEL_CONSULTATION_H_
#define CBM_TESTS_INTEGRATION_MODEL_CONSULTATION_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/entry.pb.h"

namespace cbm::test {

// A consultation as it is, whoever may know of it: the states of the field's model, written a
// second time and in another way than the exchange does it.
class ModelConsultation {
 public:
  // As its request makes it: `states` are asked.
  ModelConsultation(const v1::Act& request, const std::string& digest,
                    const std::vector<std::string>& states, absl::Time now);

  // Takes an act of one of its States, or says by which code it is refused.
  absl::StatusCode Take(const v1::Act& act, const std::string& digest, absl::Time now);

  const std::string& id() const { return said_.consultation_id(); }
  const std::string& requester() const { return said_.requester(); }
  const std::string& record() const { return said_.record_digest(); }
  uint32_t record_version() const { return said_.record_version(); }
  const std::set<std::string>& parties() const { return parties_; }
  const std::set<std::string>& invitees() const { return invitees_; }
  // Where it is in its life; "lapsed" once its time is over and nobody accepted.
  std::string StateAt(absl::Time now) const;
  v1::Standing StandingOf(const std::string& state) const;

  // What acts in it must name.
  std::string PartySet() const;

  // What its States are told of it, and what of that the secretariat is. Without commitments.
  v1::ConsultationState Told() const;
  v1::ConsultationState ToldToSecretariat() const;

 private:
  absl::StatusCode TakeDraft(const v1::Act& act, const std::string& digest);
  absl::StatusCode TakeWord(const std::string& party, const std::string& record,
                            std::set<std::string>& to, std::set<std::string>& from);
  void TakeAnswer(const std::string& party, v1::AnswerKind answer, absl::Time now);
  void TakeLeave(const std::string& party, absl::Time now);
  void End(absl::Time now);

  v1::ConsultationState said_;  // What is known of it but for the sets below.
  std::set<std::string> parties_;
  std::set<std::string> invitees_;
  std::map<std::string, v1::Invitation> invitations_;
  std::set<std::string> have_record_;  // Who was given its last version.
  std::set<std::string> confirmed_;
  std::set<std::string> refused_;
  std::set<std::string> statements_;
};

// The id of the consultation that an act is made in; empty for other acts.
std::string ConsultationIdIn(const v1::Act& act);

// Whether the time to answer is over, and nobody accepted.
bool HasLapsed(const v1::ConsultationState& consultation, absl::Time now);

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_MODEL_CONSULTATION_H_
