// A configuration: whatever is refused is refused with the file's name, and nothing is made of it.

#include "core/base/status_macros.h"
#include "server/config/config.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temporary_folder.h"

namespace cbm::fuzz {

std::vector<std::string> Seeds() {
  return {R"([exchange]
name = "test"
frameworks = ["osce.json", "un.json"]
notification_kinds = "kinds.json"
secretariat_certificate = "cert.pem"
genesis = "genesis.json"

[server]
listen = "127.0.0.1:0"
certificate = "cert.pem"
key = "key.pem"
client_ca = "ca.pem"
address_file = "address"

[store]
database = "exchange.db"
checkpoints = "checkpoints"

[log_key]
seed_file = "log.seed"

[limits]
act_bytes_max = 16384
state_acts_per_second = 20

[log]
file = "cbmd.log"
level = "info"
)"};
}

void TestOne(std::string_view input) {
  static const auto* const folder = new test::TemporaryFolder();
  const std::string path = folder->Write("cbmd.toml", input);
  const absl::StatusOr<Config> config = LoadConfig(path);
  if (!config.ok()) {
    Expect(std::string(config.status().message()).find("cbmd.toml") != std::string::npos,
           "a refusal names the file");
  }
}

int Mutations() { return 800; }

}  // namespace cbm::fuzz
