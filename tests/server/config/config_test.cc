// The configuration of cbmd: an operator's mistake must be found before anything is opened, at its
// line, with what to do about it. So most of these tests make one mistake in a good file and look
// at the message.

#include "server/config/config.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Nothing but what is required; each key on a line of its own.
constexpr std::string_view kSmallest =
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
    EXPECT_THAT(message, StartsWith(file));
    return message.size() < file.size() ? message : message.substr(file.size());
  }

  const TemporaryFolder folder_;
};

TEST_F(ConfigTest, TakesWhatIsRequiredAndDefaultsForTheRest) {
  const absl::StatusOr<Config> config = Load(kSmallest);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->exchange.name, "test");
  EXPECT_EQ(config->server.listen, "127.0.0.1:7443");
  EXPECT_EQ(config->limits.page_size_max, 200U);
  EXPECT_EQ(config->log.level, "info");
  EXPECT_EQ(config->log.file, "");
  EXPECT_EQ(config->server.address_file, "");
}

TEST_F(ConfigTest, StartsRelativePathsAtItsOwnFolderAndLeavesAbsoluteOnes) {
  const absl::StatusOr<Config> config =
      LoadWith("\"exchange.db\"", fmt::format("\"{}\"", folder_ / "other.db"));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->store.database, folder_ / "other.db");
  EXPECT_EQ(config->store.checkpoints, folder_ / "checkpoints");
  EXPECT_THAT(config->exchange.frameworks, testing::ElementsAre(folder_ / "osce.json"));
}

// The example that operators start from, with the files that it names.
TEST_F(ConfigTest, HasTheDefaultsThatTheExampleShows) {
  std::ifstream file("deploy/cbmd.toml");
  std::stringstream example;
  example << file.rdbuf();
  ASSERT_NE(example.str(), "");
  ASSERT_EQ(mkdir((folder_ / "data").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((folder_ / "data/frameworks").c_str(), 0700), 0);
  for (const char* name :
       {"data/frameworks/osce.json", "data/frameworks/un.json", "data/notification_kinds.json",
        "secretariat.pem", "server.pem", "client_ca.pem"}) {
    folder_.Write(name, "x");
  }
  WriteSecret("server.key", "x", 0600);
  const absl::StatusOr<Config> config = Load(example.str());
  ASSERT_THAT(config, IsOk());

  const Config defaults;
  EXPECT_EQ(config->exchange.genesis, folder_ / defaults.exchange.genesis);
  EXPECT_EQ(config->server.listen, defaults.server.listen);
  EXPECT_EQ(config->server.drain_seconds, defaults.server.drain_seconds);
  EXPECT_EQ(config->server.address_file, defaults.server.address_file);
  EXPECT_EQ(config->server.revocation_lists, defaults.server.revocation_lists);
  EXPECT_EQ(config->gate.balancers, defaults.gate.balancers);
  EXPECT_EQ(config->log.level, defaults.log.level);
  EXPECT_EQ(config->log.file, defaults.log.file);
}

struct LimitCase {
  std::string section, key;
  std::function<uint64_t(const Config&)> value;
  uint64_t fallback, min, max;
};

std::function<uint64_t(const Config&)> Of(uint64_t LimitsConfig::*value) {
  return [value](const Config& config) { return config.limits.*value; };
}
std::function<uint64_t(const Config&)> Of(uint64_t GateConfig::*value) {
  return [value](const Config& config) { return config.gate.*value; };
}

// DESIGN section 11, and the bounds that deploy/cbmd.toml tells.
const std::vector<LimitCase>& AllLimits() {
  using L = LimitsConfig;
  using G = GateConfig;
  static const std::vector<LimitCase> kLimits = {
      {"limits", "act_bytes_max", Of(&L::act_bytes_max), 16384, 1024, 16384},
      {"limits", "content_bytes_max", Of(&L::content_bytes_max), 1048576, 1024, 1048576},
      {"limits", "addressees_max", Of(&L::addressees_max), 64, 1, 64},
      {"limits", "page_size_default", Of(&L::page_size_default), 50, 1, 200},
      {"limits", "page_size_max", Of(&L::page_size_max), 200, 50, 1000},
      {"limits", "queue_acts_max", Of(&L::queue_acts_max), 4096, 1, 65536},
      {"limits", "queue_emergency_acts_max", Of(&L::queue_emergency_acts_max), 256, 1, 4096},
      {"limits", "state_acts_per_second", Of(&L::state_acts_per_second), 20, 1, 10000},
      {"limits", "state_acts_burst", Of(&L::state_acts_burst), 200, 1, 100000},
      {"limits", "state_act_bytes_per_second", Of(&L::state_act_bytes_per_second), 4000000, 65536,
       1000000000},
      {"limits", "state_act_bytes_burst", Of(&L::state_act_bytes_burst), 8000000, 1048576,
       1000000000},
      {"limits", "state_emergency_acts_per_second", Of(&L::state_emergency_acts_per_second), 1, 1,
       10000},
      {"limits", "state_emergency_acts_burst", Of(&L::state_emergency_acts_burst), 20, 1, 100000},
      {"limits", "state_reads_per_second", Of(&L::state_reads_per_second), 1000, 1, 1000000},
      {"limits", "state_reads_burst", Of(&L::state_reads_burst), 5000, 1, 1000000},
      {"limits", "state_read_bytes_per_second", Of(&L::state_read_bytes_per_second), 64000000,
       65536, 10000000000},
      {"limits", "state_read_bytes_burst", Of(&L::state_read_bytes_burst), 1000000000, 1048576,
       1000000000000},
      {"limits", "state_untaken_bytes_max", Of(&L::state_untaken_bytes_max), 4194304, 2097152,
       1073741824},
      {"limits", "office_share_percent", Of(&L::office_share_percent), 50, 1, 100},
      {"limits", "streams_per_office_max", Of(&L::streams_per_office_max), 4, 1, 64},
      {"limits", "streams_per_state_max", Of(&L::streams_per_state_max), 32, 1, 1024},
      {"limits", "metadata_bytes_max", Of(&L::metadata_bytes_max), 16384, 4096, 65536},
      {"limits", "call_deadline_seconds_max", Of(&L::call_deadline_seconds_max), 60, 1, 600},
      {"limits", "connection_idle_seconds", Of(&L::connection_idle_seconds), 300, 10, 86400},
      {"limits", "author_time_ahead_seconds_max", Of(&L::author_time_ahead_seconds_max), 300, 0,
       300},
      {"limits", "valid_hours_max", Of(&L::valid_hours_max), 720, 1, 720},
      {"gate", "threads", Of(&G::threads), 2, 1, 16},
      {"gate", "handshake_threads", Of(&G::handshake_threads), 2, 1, 16},
      {"gate", "sessions_max", Of(&G::sessions_max), 1024, 16, 65536},
      {"gate", "sessions_per_source_max", Of(&G::sessions_per_source_max), 256, 1, 65536},
      {"gate", "sessions_per_office_max", Of(&G::sessions_per_office_max), 64, 1, 65536},
      {"gate", "sessions_per_state_max", Of(&G::sessions_per_state_max), 128, 1, 65536},
      {"gate", "inactive_sessions_max", Of(&G::inactive_sessions_max), 8, 1, 1024},
      {"gate", "calls_per_session_max", Of(&G::calls_per_session_max), 100, 16, 65536},
      {"gate", "calls_per_office_max", Of(&G::calls_per_office_max), 256, 16, 65536},
      {"gate", "request_frames_per_office_max", Of(&G::request_frames_per_office_max), 432, 288,
       1000000},
      {"gate", "request_bytes_per_office_max", Of(&G::request_bytes_per_office_max), 6291456,
       5242880, 1073741824},
      {"gate", "calls_per_state_max", Of(&G::calls_per_state_max), 512, 16, 65536},
      {"gate", "request_frames_per_state_max", Of(&G::request_frames_per_state_max), 576, 288,
       1000000},
      {"gate", "request_bytes_per_state_max", Of(&G::request_bytes_per_state_max), 8388608, 5242880,
       1073741824},
      {"gate", "handshakes_max", Of(&G::handshakes_max), 256, 1, 65536},
      {"gate", "handshakes_per_source_max", Of(&G::handshakes_per_source_max), 64, 1, 65536},
      {"gate", "handshake_seconds_max", Of(&G::handshake_seconds_max), 10, 1, 60},
      {"gate", "session_seconds_max", Of(&G::session_seconds_max), 3600, 60, 86400},
      {"gate", "untaken_seconds_max", Of(&G::untaken_seconds_max), 30, 1, 600},
      {"gate", "bytes_before_request_max", Of(&G::bytes_before_request_max), 65536, 1024, 1048576},
      {"gate", "header_block_bytes_max", Of(&G::header_block_bytes_max), 32768, 4096, 131072},
      {"gate", "header_block_frames_max", Of(&G::header_block_frames_max), 8, 1, 64},
      {"gate", "header_fields_max", Of(&G::header_fields_max), 256, 32, 4096},
      {"gate", "calls_burst", Of(&G::calls_burst), 10000, 100, 100000000},
      {"gate", "calls_per_second", Of(&G::calls_per_second), 2000, 10, 100000000},
      {"gate", "resets_burst", Of(&G::resets_burst), 200, 10, 100000},
      {"gate", "resets_per_second", Of(&G::resets_per_second), 100, 1, 100000},
      {"gate", "controls_burst", Of(&G::controls_burst), 100, 10, 100000},
      {"gate", "controls_per_second", Of(&G::controls_per_second), 20, 1, 100000},
      {"gate", "priorities_burst", Of(&G::priorities_burst), 100, 1, 100000},
      {"gate", "priorities_per_second", Of(&G::priorities_per_second), 20, 1, 100000},
      {"gate", "window_updates_burst", Of(&G::window_updates_burst), 20000, 100, 1000000},
      {"gate", "window_updates_per_second", Of(&G::window_updates_per_second), 10000, 1, 1000000},
      {"gate", "empty_frames_burst", Of(&G::empty_frames_burst), 100, 1, 100000},
      {"gate", "empty_frames_per_second", Of(&G::empty_frames_per_second), 20, 1, 100000},
      {"gate", "late_frames_burst", Of(&G::late_frames_burst), 2000, 100, 1000000},
      {"gate", "late_frames_per_second", Of(&G::late_frames_per_second), 200, 10, 1000000},
      {"gate", "abuses_burst", Of(&G::abuses_burst), 10, 1, 100000},
      {"gate", "abuses_per_minute", Of(&G::abuses_per_minute), 6, 1, 6000},
  };
  return kLimits;
}

// What must be set beside a limit so that the two fit.
std::string Beside(const LimitCase& limit, uint64_t number) {
  for (const std::string which : {"burst", "per_second"}) {
    if (limit.key == "state_reads_" + which) {
      return fmt::format("[gate]\ncalls_{} = {}\n", which, std::max(number, uint64_t{100}));
    }
    if (limit.key == "calls_" + which) {
      return fmt::format("[limits]\nstate_reads_{} = {}\n", which,
                         std::min(number, uint64_t{1'000'000}));
    }
  }
  return "";
}

TEST_F(ConfigTest, TakesEachLimitAtItsBoundsAndRefusesItBeyond) {
  for (const LimitCase& limit : AllLimits()) {
    SCOPED_TRACE(limit.key);
    EXPECT_EQ(limit.value(Config()), limit.fallback);
    for (const uint64_t number : {limit.min, limit.max}) {
      const auto config = Load(fmt::format("{}[{}]\n{} = {}\n{}", kSmallest, limit.section,
                                           limit.key, number, Beside(limit, number)));
      ASSERT_THAT(config, IsOk());
      EXPECT_EQ(limit.value(*config), number);
    }
    for (const int64_t number :
         {static_cast<int64_t>(limit.min) - 1, static_cast<int64_t>(limit.max) + 1}) {
      EXPECT_THAT(RefusalOfAdding(fmt::format("[{}]\n{} = {}\n", limit.section, limit.key, number)),
                  HasSubstr(limit.key))
          << number;
    }
  }
}

TEST_F(ConfigTest, WantsTheGateToLetThroughWhatAStateMayRead) {
  EXPECT_THAT(RefusalOfAdding("[limits]\nstate_reads_burst = 10001\n"),
              AllOf(HasSubstr("gate.calls_burst is 10000, less than limits.state_reads_burst"),
                    HasSubstr("(10001)")));
  EXPECT_THAT(RefusalOfAdding("[gate]\ncalls_per_second = 999\n"),
              StartsWith("16: gate.calls_per_second is 999, less than limits.state_reads_per_second"
                         " (1000)"));
  EXPECT_THAT(Load(std::string(kSmallest) + "[gate]\ncalls_per_second = 1000\n"), IsOk());
}

TEST_F(ConfigTest, ShowsEachLimitInTheExampleWithItsDefault) {
  std::ifstream file("deploy/cbmd.toml");
  std::stringstream example;
  example << file.rdbuf();
  for (const LimitCase& limit : AllLimits()) {
    EXPECT_THAT(example.str(), HasSubstr(fmt::format("\n{} = {} ", limit.key, limit.fallback)));
  }
}

TEST_F(ConfigTest, RefusesEachRequiredKeyThatIsMissingAtItsSection) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"name = \"test\"\n", "1: exchange.name is missing: add it to section [exchange]"},
      {"frameworks = [\"osce.json\"]\n", "1: exchange.frameworks is missing"},
      {"notification_kinds = \"kinds.json\"\n", "1: exchange.notification_kinds is missing"},
      {"secretariat_certificate = \"cert.pem\"\n",
       "1: exchange.secretariat_certificate is missing"},
      {"certificate = \"cert.pem\"\nkey", "6: server.certificate is missing"},
      {"key = \"key.pem\"\n", "6: server.key is missing"},
      {"client_ca = \"cert.pem\"\n", "6: server.client_ca is missing"},
      {"database = \"exchange.db\"\n", "10: store.database is missing"},
      {"checkpoints = \"checkpoints\"\n", "10: store.checkpoints is missing"},
      {"[log_key]\nseed_file = \"log.seed\"\n", "1: log_key.seed_file is missing"},
  };
  for (const auto& [line, refusal] : lines) {
    EXPECT_THAT(RefusalWith(line, line.ends_with("key") ? "key" : ""), StartsWith(refusal));
  }
}

TEST_F(ConfigTest, WantsRevocationListsInAFolder) {
  const std::string server = "client_ca = \"cert.pem\"\n";
  ASSERT_EQ(mkdir((folder_ / "lists").c_str(), 0700), 0);
  const absl::StatusOr<Config> config = LoadWith(server, server + "revocation_lists = \"lists\"\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.revocation_lists, folder_ / "lists");
  EXPECT_EQ(config->store.revoked(), folder_ / "exchange.db.revoked");
  for (const std::string wrong : {"nothing", "cert.pem"}) {
    EXPECT_THAT(RefusalWith(server, server + "revocation_lists = \"" + wrong + "\"\n"),
                AllOf(StartsWith("10: server.revocation_lists names "), HasSubstr("no folder")));
  }
}

TEST_F(ConfigTest, TakesAKeyOnATokenWithItsPinInAFileAlone) {
  folder_.Write("module.so", "x");
  WriteSecret("pin", "1234", 0600);
  const std::string line = "key = \"key.pem\"\n";
  const std::string module = "key_module = \"module.so\"\n";
  const auto with = [&module](const std::string& uri) {
    return "key = \"" + uri + "\"\n" + module;
  };
  const std::string uri =
      fmt::format("pkcs11:token=cbm;object=server;pin-source=file:{}", folder_ / "pin");
  const absl::StatusOr<Config> config = LoadWith(line, with(uri));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.key, uri);
  EXPECT_EQ(config->server.key_module, folder_ / "module.so");

  EXPECT_THAT(RefusalWith(line, "key = \"" + uri + "\"\n"),
              HasSubstr("server.key_module is missing"));
  EXPECT_THAT(RefusalWith(line, with("pkcs11:object=server")), HasSubstr("add ;pin-source=file:"));
  EXPECT_THAT(RefusalWith(line, with("pkcs11:object=server;pin-source=file:pin")),
              HasSubstr("add ;pin-source=file:"));
  EXPECT_THAT(RefusalWith(line, with(uri + "2")), HasSubstr("pin2, which is not there"));
  const std::string with_pin = RefusalWith(line, with("pkcs11:object=server;pin-value=471147"));
  EXPECT_THAT(with_pin, HasSubstr("put it into a file"));
  EXPECT_THAT(with_pin, testing::Not(HasSubstr("471147")));
  ASSERT_EQ(chmod((folder_ / "pin").c_str(), 0640), 0);
  EXPECT_THAT(RefusalWith(line, with(uri)), HasSubstr("chmod 600 it"));
}

TEST_F(ConfigTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(
      RefusalOfAdding("[limits]\npage_size = 5\n"),
      AllOf(StartsWith("16: limits.page_size is no key: remove it, or correct it to one of"),
            HasSubstr("page_size_max")));
  EXPECT_THAT(RefusalOfAdding("[sever]\n"),
              AllOf(StartsWith("15: sever is no section: "), EndsWith("server, store")));
  EXPECT_THAT(RefusalWith("[exchange]", "name = 1\n[exchange]"),
              StartsWith("1: name is no section"));
  EXPECT_THAT(RefusalOfAdding("[log.file]\n"), StartsWith("15: log.file is a section; "));
}

TEST_F(ConfigTest, RefusesWrongTypes) {
  EXPECT_EQ(RefusalWith("\"test\"", "5"),
            "2: exchange.name is a whole number; it must be a text in quotes");
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "\"osce.json\""),
              StartsWith("3: exchange.frameworks is a text; it must be a list"));
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "[\"osce.json\", 4]"),
              StartsWith("3: exchange.frameworks has an element that is no text"));
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "[]"), StartsWith("3: exchange.frameworks is empty"));
  EXPECT_EQ(
      RefusalOfAdding("[limits]\npage_size_max = 7.5\n"),
      "16: limits.page_size_max is a decimal number; it must be a whole number from 1 to 1000");
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_max = \"7\"\n"), HasSubstr("is a text"));
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_max = true\n"), HasSubstr("is true or false"));
  EXPECT_THAT(RefusalWith("[exchange]", "log = 3\n[exchange]"),
              StartsWith("1: log is a whole number; it must be a section: write [log]"));
}

TEST_F(ConfigTest, RefusesBadValues) {
  EXPECT_THAT(RefusalWith("\"test\"", "\"Test\""), StartsWith("2: exchange.name must be 1 to 32"));
  EXPECT_THAT(RefusalWith("\"test\"", "\"\""), StartsWith("2: exchange.name is empty"));
  EXPECT_THAT(LoadWith("\"test\"", fmt::format("\"{}\"", std::string(32, 'a'))), IsOk());
  EXPECT_THAT(RefusalWith("\"test\"", fmt::format("\"{}\"", std::string(33, 'a'))),
              StartsWith("2: exchange.name must be"));
  EXPECT_THAT(RefusalWith("\"kinds.json\"", "\"kinds\\u0000.json\""), HasSubstr("zero character"));
  EXPECT_THAT(RefusalOfAdding("[log]\nlevel = \"loud\"\n"),
              StartsWith("16: log.level is \"loud\"; it must be debug, info, warning or error"));
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_default = 201\n"),
              StartsWith("16: limits.page_size_default is 201, more than limits.page_size_max"));
  EXPECT_THAT(RefusalWith("\"checkpoints\"", "\"./exchange.db\""),
              StartsWith("12: store.checkpoints is the database itself"));
  for (const int seconds : {0, 601}) {
    EXPECT_THAT(RefusalWith("[store]", fmt::format("drain_seconds = {}\n[store]", seconds)),
                StartsWith("10: server.drain_seconds is"));
  }
}

TEST_F(ConfigTest, TakesAddressesOfHostAndPortAlone) {
  const auto with = [this](std::string_view address) {
    return LoadWith("[store]", fmt::format("listen = \"{}\"\n[store]", address));
  };
  for (const char* good : {"127.0.0.1:0", "cbm.example:65535", "[::1]:7443", "0.0.0.0:1"}) {
    EXPECT_THAT(with(good), IsOk()) << good;
  }
  for (const char* bad : {"", "127.0.0.1", ":7443", "host:", "host:65536", "host:99999999999999999",
                          "host:-1", "host:7x", "::1:7443", "a b:1", "[]:1"}) {
    EXPECT_THAT(RefusalOf(with(bad)), StartsWith("10: server.listen is ")) << bad;
  }
}

TEST_F(ConfigTest, TakesBalancersByTheirLiteralAddressesAlone) {
  const auto with = [this](std::string_view balancers) {
    return Load(fmt::format("{}[gate]\nbalancers = {}\n", kSmallest, balancers));
  };
  const absl::StatusOr<Config> both = with("[\"192.0.2.7\", \"2001:db8::7\"]");
  ASSERT_THAT(both, IsOk());
  EXPECT_THAT(both->gate.balancers, testing::ElementsAre("192.0.2.7", "2001:db8::7"));
  const absl::StatusOr<Config> none = with("[]");
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(none->gate.balancers, testing::IsEmpty());
  EXPECT_THAT(Load(kSmallest)->gate.balancers, testing::IsEmpty());
  for (const char* bad : {"balancer.example", "192.0.2.7:7443", "192.0.2.0/24", "192.0.2",
                          "[2001:db8::7]", "fe80::7%eth0", " 192.0.2.7", "*"}) {
    EXPECT_THAT(RefusalOf(with(fmt::format("[\"192.0.2.7\", \"{}\"]", bad))),
                AllOf(StartsWith(fmt::format("16: gate.balancers has \"{}\", which is no ", bad)),
                      HasSubstr("write each as \"192.0.2.7\"")));
  }
  EXPECT_THAT(RefusalOf(with("\"192.0.2.7\"")), HasSubstr("it must be a list of texts"));
}

TEST_F(ConfigTest, RefusesFilesThatAreNotThere) {
  EXPECT_THAT(RefusalWith("osce.json", "un.json"),
              AllOf(StartsWith("3: exchange.frameworks names "),
                    HasSubstr("un.json, which is not there: correct the path")));
  EXPECT_THAT(RefusalWith("key.pem", "."), HasSubstr("which is no file"));
  EXPECT_THAT(
      RefusalWith("exchange.db", "no/exchange.db"),
      AllOf(StartsWith("11: store.database names "), HasSubstr("whose folder is not there")));
  EXPECT_THAT(RefusalWith("exchange.db", "."), HasSubstr("name a file in it"));
  EXPECT_THAT(RefusalOfAdding("[log]\nfile = \"no/log\"\n"), StartsWith("16: log.file names "));
}

TEST_F(ConfigTest, RefusesSecretsThatOthersMayRead) {
  const std::string seed(64, 'a');
  EXPECT_THAT(Load(kSmallest), IsOk());  // `cbmd init` makes the seed.
  WriteSecret("log.seed", seed, 0600);
  EXPECT_THAT(Load(kSmallest), IsOk());
  WriteSecret("log.seed", seed + "\n", 0400);
  EXPECT_THAT(Load(kSmallest), IsOk());
  for (const mode_t mode : {0604U, 0640U, 0620U, 0601U}) {
    WriteSecret("log.seed", seed, mode);
    EXPECT_THAT(RefusalOf(Load(kSmallest)),
                AllOf(StartsWith("14: log_key.seed_file names "), HasSubstr("chmod 600")));
    WriteSecret("log.seed", seed, 0600);
  }
  WriteSecret("key.pem", "x", 0640);
  EXPECT_THAT(Load(kSmallest), IsOk());
  WriteSecret("key.pem", "x", 0644);
  EXPECT_THAT(RefusalOf(Load(kSmallest)), StartsWith("8: server.key names "));
}

TEST_F(ConfigTest, RefusesASeedOfAnotherLength) {
  for (const size_t length : {0U, 63U, 66U}) {
    WriteSecret("log.seed", std::string(length, 'a'), 0600);
    EXPECT_THAT(RefusalOf(Load(kSmallest)), HasSubstr("64 hexadecimal digits")) << length;
  }
}

TEST_F(ConfigTest, TellsAllMistakesAtOnceInTheOrderOfTheirLines) {
  const std::string refusal = RefusalWith("name = \"test\"\nframeworks = [\"osce.json\"]",
                                          "nane = \"test\"\nframeworks = 3");
  std::istringstream text(refusal);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  ASSERT_EQ(lines.size(), 3U) << refusal;
  EXPECT_THAT(lines[0], StartsWith("1: exchange.name is missing"));
  EXPECT_THAT(lines[1], HasSubstr("cbmd.toml:2: exchange.nane is no key"));
  EXPECT_THAT(lines[2], HasSubstr("cbmd.toml:3: exchange.frameworks is a whole number"));
}

TEST_F(ConfigTest, RefusesWhatIsNotToml) {
  EXPECT_THAT(RefusalOf(Load("[exchange]\nname = \n")), StartsWith("2: this is not TOML"));
  EXPECT_THAT(RefusalWith("key = ", "certificate = "), StartsWith("8: this is not TOML"));
  EXPECT_THAT(RefusalOf(Load("\xFF\xFE")), StartsWith("1: this is not TOML"));
  EXPECT_THAT(RefusalOf(Load(std::string(300'000, '#'))), HasSubstr("more than 262144 bytes"));
}

TEST_F(ConfigTest, RefusesAFileThatCannotBeRead) {
  for (const std::string& path : {folder_ / "none.toml", folder_.path().string()}) {
    const absl::StatusOr<Config> config = LoadConfig(path);
    EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(config.status().message()),
                StartsWith(path + ":1: the configuration cannot be read"));
  }
}

}  // namespace
}  // namespace cbm
