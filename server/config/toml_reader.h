#ifndef CBM_SERVER_CONFIG_TOML_READER_H_
#define CBM_SERVER_CONFIG_TOML_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cbm {

enum class Presence { kOptional, kRequired };

struct Bounds {
  uint64_t min = 0;
  uint64_t max = 0;
};

// A TOML file of sections with plain keys, read key by key; each mistake is noted with its place
// and its remedy, and reading goes on. A value that is wrong or absent leaves the target as it is.
//
// Not thread-safe. Keys are written `section.key`.
class TomlReader {
 public:
  // INVALID_ARGUMENT if the file cannot be read, has more than 256 KiB, or does not parse.
  static absl::StatusOr<TomlReader> Open(const std::string& path);

  TomlReader(TomlReader&& other) noexcept;
  ~TomlReader();

  void Text(std::string_view key, Presence presence, std::string& target);
  void Texts(std::string_view key, Presence presence, std::vector<std::string>& target);
  void Number(std::string_view key, Bounds bounds, uint64_t& target);

  // Notes that the value of `key` is not acceptable: "`key` " and `what`, which ends with the
  // remedy.
  void Refuse(std::string_view key, std::string_view what);

  // OK if nothing was noted and every key in the file was asked for.
  absl::Status Finish();

 private:
  struct Parsed;  // Keeps toml++ out of every other file.

  explicit TomlReader(std::unique_ptr<Parsed> parsed);

  std::unique_ptr<Parsed> parsed_;
};

}  // namespace cbm

#endif  // CBM_SERVER_CONFIG_TOML_READER_H_
