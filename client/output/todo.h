#ifndef CBM_CLIENT_OUTPUT_TODO_H_
#define CBM_CLIENT_OUTPUT_TODO_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "client/output/json.h"
#include "core/rules/exchange.h"
#include "core/rules/todo.h"

namespace cbm {

// How what is to be done is shown: to people in tables, REAL apart from EXERCISE and TEST; to
// programs as JSON.

// A task with what a person has to know of it.
struct TodoRow {
  rules::Todo todo;
  std::string kind;                    // "INC", "INC update"; "CRQ" of consultations.
  std::string from;                    // "LV-duty"; "LV" where the office is not known.
  std::optional<std::string> subject;  // None where the reader has not opened it.
};

struct TodoList {
  std::vector<TodoRow> own;
  std::vector<TodoRow> waiting;
  absl::Time now;
  std::string profile;  // As --profile was typed; empty if it was not.
};

// "acknowledge", "confirm_record" and so on, for programs.
std::string NameOf(rules::Task task);

// The command that does it, whole, as it is to be typed into a shell: with --profile if that was
// typed. Of what others are to do, the one that shows what it is about. FROM and TO stand for times
// where nobody has proposed one that is still ahead.
std::string CommandOf(const rules::Todo& todo, bool is_own, absl::Time now,
                      std::string_view profile);

// Tables under headings; each line of EXERCISE or TEST begins with that word.
std::string FormatTodo(const TodoList& list, const rules::Exchange& exchange, bool colour);

Json TodoJson(const TodoList& list);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_TODO_H_
