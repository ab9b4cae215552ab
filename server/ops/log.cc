#include "server/ops/log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "fmt/format.h"
#include "server/ops/json_text.h"

namespace cbm {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// Room that every line keeps for its end.
constexpr std::string_view kTruncated = ",\"truncated\":true";
constexpr size_t kEndBytes = kTruncated.size() + 2;  // The brace and the line feed.

std::string_view NameOf(LogLevel level) { return kLevelNames.at(static_cast<size_t>(level)); }

// Appends the value; false if it was cut.
bool AppendValue(const LogField& field, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    return AppendJsonString(*text, kLogTextBytesMax, out);
  }
  if (const auto* flag = std::get_if<bool>(&field.value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    out += fmt::format("{}", *number);
  } else {
    out += fmt::format("{}", std::get<uint64_t>(field.value));
  }
  return true;
}

std::string MakeLine(absl::Time now, LogLevel level, LogKey event, uint64_t lost,
                     std::initializer_list<LogField> fields) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","event":"{}")",
                  absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", now, absl::UTCTimeZone()),
                  NameOf(level), event.text());
  if (lost != 0) {
    line += fmt::format(",\"lines_lost\":{}", lost);
  }
  bool whole = true;
  for (const LogField& field : fields) {
    const size_t before = line.size();
    line += fmt::format(",\"{}\":", field.key.text());
    whole = AppendValue(field, line) && whole;
    if (line.size() + kEndBytes > kLogLineBytesMax) {
      line.resize(before);
      whole = false;
      break;
    }
  }
  if (!whole) {
    line += kTruncated;
  }
  line += "}\n";
  return line;
}

bool WriteOnce(int descriptor, std::string_view line) {
  ssize_t written = 0;
  do {
    written = write(descriptor, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  return written == static_cast<ssize_t>(line.size());
}

// A descriptor from which somebody may have to read.
class ReadBySomebody {
 public:
  ReadBySomebody(int descriptor, absl::Duration patience)
      : descriptor_(descriptor), patience_(patience) {}

  // False if there was no room for it.
  bool Take(std::string_view line) {
    const MutexLock lock(mutex_);  // So that the room that was found is still there.
    const bool has_room = FindRoom(reader_stopped_ ? absl::ZeroDuration() : patience_);
    reader_stopped_ = !has_room;
    return has_room && WriteOnce(descriptor_, line);
  }

 private:
  // A pipe that has any has a page, 4,096 bytes, a socket more.
  bool FindRoom(absl::Duration patience) const {
    pollfd asked{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    int ready = 0;
    do {
      ready = poll(&asked, 1, static_cast<int>(absl::ToInt64Milliseconds(patience)));
    } while (ready < 0 && errno == EINTR);
    return ready == 1;
  }

  const int descriptor_;
  const absl::Duration patience_;
  Mutex mutex_;
  bool reader_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(descriptor_); }

  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

}  // namespace

std::optional<LogLevel> FindLogLevel(std::string_view name) {
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames.at(i) == name) {
      return static_cast<LogLevel>(i);
    }
  }
  return std::nullopt;
}

LogSink DescriptorSink(int descriptor, absl::Duration patience) {
  // Shared, because a std::function must be able to be copied.
  auto reader = std::make_shared<ReadBySomebody>(descriptor, patience);
  return [reader](std::string_view line) { return reader->Take(line); };
}

absl::StatusOr<LogSink> FileSink(const std::string& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    return absl::InvalidArgumentError(
        fmt::format("the log file {} cannot be opened for appending (error {}): mend log.file, or "
                    "the rights of its folder",
                    path, errno));
  }
  auto file = std::make_shared<OpenFile>(descriptor);
  return LogSink([file](std::string_view line) { return WriteOnce(file->descriptor(), line); });
}

Log::Log(Clock& clock, LogLevel least, LogSink sink)
    : clock_(clock), least_(least), sink_(std::move(sink)) {}

void Log::Debug(LogKey event, std::initializer_list<LogField> fields) noexcept {
  Write(LogLevel::kDebug, event, fields);
}

void Log::Info(LogKey event, std::initializer_list<LogField> fields) noexcept {
  Write(LogLevel::kInfo, event, fields);
}

void Log::Warning(LogKey event, std::initializer_list<LogField> fields) noexcept {
  Write(LogLevel::kWarning, event, fields);
}

void Log::Error(LogKey event, std::initializer_list<LogField> fields) noexcept {
  Write(LogLevel::kError, event, fields);
}

void Log::Write(LogLevel level, LogKey event, std::initializer_list<LogField> fields) noexcept {
  if (level < least_) {
    return;
  }
  const uint64_t untold = untold_.exchange(0);
  try {
    if (sink_(MakeLine(clock_.Now(), level, event, untold, fields))) {
      return;
    }
  } catch (
      ...) {  // Out of memory, or the sink's own: the caller's work matters more than the line.
  }
  ++lines_lost_;
  untold_ += untold + 1;
}

}  // namespace cbm
