#ifndef CBM_SERVER_OPS_LOG_H_
#define CBM_SERVER_OPS_LOG_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace cbm {

// A line is never longer, line feed included: what one write(2) puts into a pipe undivided.
inline constexpr size_t kLogLineBytesMax = 4096;

// A text in a line is cut to this, quotes included.
inline constexpr size_t kLogTextBytesMax = 1024;

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// The level of that name (debug, info, warning, error), if there is one.
std::optional<LogLevel> FindLogLevel(std::string_view name);

// The name of an event or a field: a literal of a-z, 0-9 and _, known when compiling, so that
// nothing from outside can become one.
class LogKey {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): {"method", name} should read as what it is.
  consteval LogKey(const char* literal) : text_(literal) {
    if (text_.empty() || text_.size() > 40) {
      throw "a key has 1 to 40 characters";
    }
    for (const char c : text_) {
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_') {
        throw "a key is made of a-z, 0-9 and _";
      }
    }
  }

  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// One key and its value: ids, codes, counts and durations with their unit in the key. Never
// content. It borrows a text.
struct LogField {
  LogField(LogKey name, std::string_view text) : key(name), value(text) {}
  LogField(LogKey name, const char* text) : key(name), value(std::string_view{text}) {}
  LogField(LogKey name, const std::string& text) : key(name), value(std::string_view{text}) {}
  LogField(LogKey name, bool flag) : key(name), value(flag) {}
  template <std::signed_integral T>
  LogField(LogKey name, T number) : key(name), value(static_cast<int64_t>(number)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) LogField(LogKey name, T number)
      : key(name), value(static_cast<uint64_t>(number)) {}

  LogKey key;
  std::variant<std::string_view, int64_t, uint64_t, bool> value;
};

// Takes one whole line, its line feed included; false if it could not keep it. Called from every
// thread that logs, at the same time.
using LogSink = std::function<bool(std::string_view line)>;

// How long a line waits for room before it is given up, where somebody has to read what is written.
inline constexpr absl::Duration kLogPatience = absl::Seconds(1);

// Writes each line with a single write(2) to `descriptor`, which must stay open. Somebody may have
// to read it there (a pipe, a service manager's socket): once one line found no room for
// `patience`, no other waits until there is some, so that a reader who stops holds nobody up.
LogSink DescriptorSink(int descriptor, absl::Duration patience = kLogPatience);

// Appends to the file at `path`, which is made (mode 0640) if it is not there. INVALID_ARGUMENT if
// it cannot be opened for appending.
absl::StatusOr<LogSink> FileSink(const std::string& path);

// Says what happened, one JSON object a line:
// {"time":"2026-03-10T22:00:00.000000Z","level":"info","event":"start","port":7443}.
//
// Thread-safe: lines of several threads come whole, in no certain order. It never throws and never
// fails the caller: a line that the sink does not keep is counted, and the next that it keeps says
// how many there were ("lines_lost":3). A line that had to be cut or robbed of fields to stay
// within its bounds ends with "truncated":true.
class Log {
 public:
  // `clock` must outlive it. Events below `least` are left out.
  Log(Clock& clock, LogLevel least, LogSink sink);

  void Debug(LogKey event, std::initializer_list<LogField> fields = {}) noexcept;
  void Info(LogKey event, std::initializer_list<LogField> fields = {}) noexcept;
  void Warning(LogKey event, std::initializer_list<LogField> fields = {}) noexcept;
  void Error(LogKey event, std::initializer_list<LogField> fields = {}) noexcept;

  // How many lines were not kept.
  uint64_t lines_lost() const { return lines_lost_; }

 private:
  void Write(LogLevel level, LogKey event, std::initializer_list<LogField> fields) noexcept;

  Clock& clock_;
  const LogLevel least_;
  const LogSink sink_;
  std::atomic<uint64_t> lines_lost_ = 0;
  std::atomic<uint64_t> untold_ = 0;  // Of those lost, how many no line has told of.
};

}  // namespace cbm

#endif  // CBM_SERVER_OPS_LOG_H_
