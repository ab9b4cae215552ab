#ifndef CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_
#define CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "core/rules/exchange.h"

namespace cbm {

// What was typed; empty means that it was left out.
struct NotifyArguments {
  std::string kind;
  std::string to;
  std::string precedence;
  std::string context;
  std::string marking;
  std::vector<std::string> measures;
  std::string language;
  bool show_list = false;
};

// What it means.
struct NotifyPlan {
  v1::Notification notification;

  // One of the three: States by code, sorted; a framework; the secretariat.
  std::vector<std::string> states;
  std::string framework;
  bool secretariat = false;

  v1::ListVisibility list = v1::LIST_VISIBILITY_HIDDEN;

  // What was understood otherwise than typed, one line each: to be shown.
  std::vector<std::string> notices;
};

// A usage error says what is to be typed instead: an addressee that is none, `ALL` with measures of
// several frameworks, a word that is none of an option's.
absl::StatusOr<NotifyPlan> PlanNotify(const NotifyArguments& arguments,
                                      const rules::Exchange& exchange);

// Who will receive it, by name, in one line.
std::string DescribeAudience(const NotifyPlan& plan, const rules::Exchange& exchange);

// The parts of lists with commas: no spaces around them, none empty.
std::vector<std::string> SplitList(const std::vector<std::string>& lists);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_
