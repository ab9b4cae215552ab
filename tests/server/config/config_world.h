#ifndef CBM_TESTS_SERVER_CONFIG_CONFIG_WORLD_H_
#define CBM_TESTS_SERVER_CONFIG_CONFIG_WORLD_H_

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/config.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {

// Nothing but what is required; each key on a line of its own.
inline constexpr std::string_view kSmallest =
    "[exchange]\n"                              // 1
    "name = \"test\"\n"                         // 2
    "frameworks = [\"osce.json\"]\n"            // 3
    "notification_kinds = \"kinds.json\"\n"     // 4
    "secretariat_certificate = \"cert.pem\"\n"  // 5
    "[server]\n"                                // 6
    "certificate = \"cert.pem\"\n"              // 7
    "key = \"key.pem\"\n"                       // 8
    "client_ca = \"cert.pem\"\n"                // 9
    "[store]\n"                                 // 10
    "database = \"exchange.db\"\n"              // 11
    "checkpoints = \"checkpoints\"\n"           // 12
    "[log_key]\n"                               // 13
    "seed_file = \"log.seed\"\n";               // 14

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    for (const char* name : {"osce.json", "kinds.json", "cert.pem"}) {
      folder_.Write(name, "x");
    }
    WriteSecret("key.pem", "x", 0600);
  }

  void WriteSecret(std::string_view name, std::string_view bytes, mode_t mode) {
    EXPECT_EQ(chmod(folder_.Write(name, bytes).c_str(), mode), 0);
  }

  absl::StatusOr<Config> Load(std::string_view text) {
    return LoadConfig(folder_.Write("cbmd.toml", text));
  }

  // Loads kSmallest with `from` replaced.
  absl::StatusOr<Config> LoadWith(std::string_view from, std::string_view to) {
    std::string text(kSmallest);
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return Load(text.replace(at, from.size(), to));
  }

  // What is said of kSmallest with `from` replaced: `line: message`, without the file.
  std::string RefusalWith(std::string_view from, std::string_view to) {
    return RefusalOf(LoadWith(from, to));
  }
  std::string RefusalOfAdding(std::string_view text) {
    return RefusalOf(Load(std::string(kSmallest) + std::string(text)));
  }
  std::string RefusalOf(const absl::StatusOr<Config>& config) {
    EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument));
    const std::string message(config.status().message());
    const std::string file = folder_ / "cbmd.toml:";
    EXPECT_THAT(message, ::testing::StartsWith(file));
    return message.size() < file.size() ? message : message.substr(file.size());
  }

  const TemporaryFolder folder_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SERVER_CONFIG_CONFIG_WORLD_H_
