#include <algorithm>

#include "tests/integration/visibility_model.h"

namespace cbm::test {

absl::StatusCode VisibilityModel::TakeReply(const v1::Act& act, const std::string& digest,
                                            const std::vector<std::string>& states) {
  const ModelOffice author = Office(act.party(), act.office());
  const ModelNotification* const found = FindFor(author, act, true);
  if (found == nullptr) {
    return absl::StatusCode::kNotFound;
  }
  if (found->party == author.party || answered_.count({author.ledger, found->digest}) != 0) {
    return absl::StatusCode::kFailedPrecondition;
  }
  const v1::Notification& notification = act.reply().notification();
  ModelNotification sent{
      .digest = digest,
      .id = act.act_id(),
      .content = act.manifest_digest(),
      .party = act.party(),
      .office = act.office(),
      .ledger = author.ledger,
      .audience = "NAMED",
      .states = states,
      .measures = {notification.measures().begin(), notification.measures().end()},
      .filter = {},
      .marking = notification.marking()};
  sent.shown = act.audience().commitments().list() == v1::LIST_VISIBILITY_SHOWN;
  // Who may be told of it may be told of what it answers.
  ModelNotification about = *found;
  about.marking = std::max(found->marking, sent.marking);
  about.shown = sent.shown;
  std::map<std::string, std::vector<std::string>> readers;
  for (const std::string& state : states) {
    readers[std::string(kAddressee)].push_back("state/" + state);
  }
  readers[std::string(kTheSecretariat)] = {"secretariat"};
  readers[std::string(kTheAuditor)] = {"auditor"};
  const Telling telling{.act = act,
                        .author = author,
                        .about = &about,
                        .told = {.digest = digest,
                                 .kind = v1::ACT_KIND_REPLY,
                                 .content = true,
                                 .openings = states,
                                 .states = states}};
  TellAll(telling, about.audience, readers);
  TellAuthor(telling, states);
  notifications_.push_back(std::move(sent));
  return absl::StatusCode::kOk;
}

}  // namespace cbm::test
