#ifndef CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_
#define CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/content.pb.h"
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
  std::string subject = {};
  std::string body = {};                 // A file, or "-" for standard input.
  std::optional<std::string> text = {};  // The body itself, where it is not in a file.
  std::string wanted_by = {};
  std::string follow_up = {};  // An act.
  std::string stage = {};      // Of the follow-up.
  std::vector<v1::Translation> translations = {};
  std::map<std::string, std::string> fields = {};  // Of the kind's form, by name.
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

// The kind that was typed, in letters of either case. A usage error if there is none, or if it is
// not sent by `cbm notify`: then it names the command that makes it.
absl::StatusOr<const v1::NotificationKind*> KindToSend(const rules::Exchange& exchange,
                                                       std::string_view typed);

// Whether the parts of a list are measures, and whether what was typed names addressees: usage
// errors, as of PlanNotify. Whether `ALL` is clear depends on the measures, and is not asked.
absl::Status CheckMeasures(const std::string& typed, const rules::Exchange& exchange);
absl::Status CheckAddressees(const std::string& typed, const rules::Exchange& exchange);

// Whether what was typed names States, as a consultation is asked of them alone; else a usage
// error.
absl::Status CheckStates(const std::string& typed, const rules::Exchange& exchange);

// Whether a subject may be sent: it can be seen, and is not too long. A usage error says why not.
absl::Status CheckSubject(std::string_view subject);

// A usage error says what is to be typed instead: an addressee that is none, `ALL` with measures of
// several frameworks, a word that is none of an option's, a subject that may not be sent; that
// there is no subject yet is none.
absl::StatusOr<NotifyPlan> PlanNotify(const NotifyArguments& arguments,
                                      const rules::Exchange& exchange);

// Who will receive it, by name, in one line.
std::string DescribeAudience(const NotifyPlan& plan, const rules::Exchange& exchange);

// An instant as people write it: "2026-03-10 21:52" or 2026-03-10T21:52, with or without seconds;
// in UTC, with or without Z or " UTC", or else with an offset as +02:00. A usage error that begins
// with `option`.
absl::StatusOr<absl::Time> ReadInstant(std::string_view option, std::string_view typed);

// The parts of lists with commas: no spaces around them, none empty.
std::vector<std::string> SplitList(const std::vector<std::string>& lists);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_NOTIFY_ARGUMENTS_H_
