#ifndef CBM_CLIENT_FILES_H_
#define CBM_CLIENT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/crypto/secret.h"

namespace cbm {

// Files of this machine. Every failure ends a command with 1 and names the path.

// Whether there is something of that name. Fails if that cannot be told.
absl::StatusOr<bool> Exists(const std::filesystem::path& path);

// The whole file; refused if it has more than `bytes_max`.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, size_t bytes_max);

// A private key or the like. Refused, with the remedy, if others than the owner may read it.
absl::StatusOr<SecretBytes> ReadSecretFile(const std::filesystem::path& path);

// All of standard input, at most `bytes_max`. Each piece is given to `take` before the next is
// read; at a terminal a piece is a line.
absl::StatusOr<std::string> ReadStandardInput(size_t bytes_max,
                                              absl::FunctionRef<void(std::string_view piece)> take);

// Writes a file that only its owner may read, so that it holds either what it held or all of
// `bytes`, and is on disk on return. A file of that name is replaced.
absl::Status WriteFile(const std::filesystem::path& path, std::string_view bytes);

// Appends to a file that only its owner may read; on disk on return.
absl::Status AppendToFile(const std::filesystem::path& path, std::string_view bytes);

// Cuts a file off after so many bytes; on disk on return.
absl::Status CutFile(const std::filesystem::path& path, uint64_t bytes);

// Makes a folder, and those above it, that only its owner may enter; a folder that is there is
// left as it is.
absl::Status MakeFolder(const std::filesystem::path& path);

absl::Status RemoveFile(const std::filesystem::path& path);

// Keeps other commands off a profile's state for as long as it lives.
class FolderLock {
 public:
  // Waits up to ten seconds for another to finish.
  static absl::StatusOr<FolderLock> Take(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_FILES_H_
