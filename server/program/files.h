#ifndef CBM_SERVER_PROGRAM_FILES_H_
#define CBM_SERVER_PROGRAM_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cbm {

// A whole file. INVALID_ARGUMENT, naming the path, if it cannot be read, is a pipe or has more than
// `bytes_max`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

// Puts `text` in the place of what was at `path`, durably, with these permissions; never half of
// it.
absl::Status ReplaceFile(const std::string& path, std::string_view text, unsigned mode);

// Keeps other processes away for as long as it lives, by a lock on a file that is left behind.
class FileLock {
 public:
  // UNAVAILABLE if another process holds it, or the file cannot be made.
  static absl::StatusOr<FileLock> Take(const std::string& path);

  FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}

  int file_;
};

// The lock of who works on the file at `path`, a database or one of last signed checkpoints, in a
// file beside it, whatever link leads there: two that served it would sign over each other.
// UNAVAILABLE if another process holds it.
absl::StatusOr<FileLock> LockFile(const std::string& path);

// `text` for a terminal: what in it is no valid UTF-8, or acts on a terminal instead of being seen,
// becomes U+FFFD. Damaged bytes get into what is said of them.
std::string Printable(std::string_view text);

// Why the database at `path` cannot be used, with its name and what to do.
absl::Status WithDatabase(const std::string& path, const absl::Status& status);

// Takes the places of those of standard input, output and error that are closed, so that no file or
// connection does, which what is printed would then go into. Using them still fails. One may be
// gone already: gRPC opens an eventfd as it is loaded, which keeps nothing of what is written to
// it.
void HoldStandardStreams();

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_FILES_H_
