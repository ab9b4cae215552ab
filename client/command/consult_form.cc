#include "client/command/consult_form.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/exit_code.h"
#include "client/output/consultation.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

Blank TimesBlank(RequestArguments& arguments) {
  return {.option = "--time",
          .question =
              "When could the meeting begin, in UTC: 2026-03-12 09:00, or several of them "
              "with commas?",
          .lines = false,
          .fill = [&arguments](const std::string& answer) -> absl::Status {
            std::vector<std::string> times = SplitList({answer});
            if (times.empty()) {
              return UsageError("--time must be said");
            }
            for (const std::string& time : times) {
              CBM_RETURN_IF_ERROR(ReadInstant("--time", time).status());
            }
            arguments.times = std::move(times);
            return absl::OkStatus();
          }};
}

// `named` reads an answer.
template <typename Named>
Blank WordBlank(std::string option, std::string question, std::string& value, Named named) {
  return {.option = std::move(option),
          .question = std::move(question),
          .lines = false,
          .fill = [&value, named](std::string answer) -> absl::Status {
            CBM_RETURN_IF_ERROR(named(answer).status());
            value = std::move(answer);
            return absl::OkStatus();
          }};
}

Blank StatesBlank(const rules::Exchange& exchange, RequestArguments& arguments) {
  return {.option = "--to",
          .question = "Which States are to be asked, for instance LV,FI?",
          .lines = false,
          .fill = [&exchange, &arguments](std::string answer) -> absl::Status {
            CBM_RETURN_IF_ERROR(CheckStates(answer, exchange));
            arguments.notify.to = std::move(answer);
            return absl::OkStatus();
          }};
}

}  // namespace

absl::StatusOr<std::vector<Blank>> BlanksOfRequest(const rules::Exchange& exchange,
                                                   RequestArguments& arguments) {
  arguments.notify.kind = "FRE";  // Besides what a consultation adds, they say the same.
  CBM_ASSIGN_OR_RETURN(std::vector<Blank> blanks, BlanksOf(exchange, arguments.notify));
  for (Blank& blank : blanks) {
    if (blank.option == "--to") {
      blank = StatesBlank(exchange, arguments);
    }
  }
  std::vector<Blank> own;
  if (arguments.times.empty()) {
    own.push_back(TimesBlank(arguments));
  }
  if (arguments.level.empty()) {
    own.push_back(WordBlank("--level",
                            "At which level: technical, policy or policy_with_technical?",
                            arguments.level, LevelNamed));
  }
  if (arguments.format.empty()) {
    own.push_back(WordBlank("--format", "How: in_person, video, telephone or writing?",
                            arguments.format, FormatNamed));
  }
  const auto before = std::find_if(blanks.begin(), blanks.end(), [](const Blank& blank) {
    return blank.option == "--subject" || blank.option == "--body";
  });
  blanks.insert(before, std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  return blanks;
}

}  // namespace cbm
