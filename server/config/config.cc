#include "server/config/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/config/toml_reader.h"

namespace cbm {
namespace {

constexpr Bounds kDrainSeconds = {1, 600};
constexpr size_t kNameCharactersMax = 32;  // Of an exchange: docs/formats.md, "Exchange id".
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
constexpr off_t kSeedDigits = 64;

template <typename Section>
struct Limit {
  std::string_view key;
  uint64_t Section::*value;
  Bounds bounds;
};

// An upper bound is what the formats and rules allow, or what one server can hold in memory.
constexpr std::array<Limit<LimitsConfig>, 26> kLimits = {{
    {"limits.act_bytes_max", &LimitsConfig::act_bytes_max, {1024, 16384}},
    {"limits.content_bytes_max", &LimitsConfig::content_bytes_max, {1024, 1048576}},
    {"limits.addressees_max", &LimitsConfig::addressees_max, {1, 64}},
    {"limits.page_size_default", &LimitsConfig::page_size_default, {1, 1000}},
    {"limits.page_size_max", &LimitsConfig::page_size_max, {1, 1000}},
    {"limits.queue_acts_max", &LimitsConfig::queue_acts_max, {1, 65536}},
    {"limits.queue_emergency_acts_max", &LimitsConfig::queue_emergency_acts_max, {1, 4096}},
    {"limits.state_acts_per_second", &LimitsConfig::state_acts_per_second, {1, 10000}},
    {"limits.state_acts_burst", &LimitsConfig::state_acts_burst, {1, 100000}},
    {"limits.state_act_bytes_per_second",
     &LimitsConfig::state_act_bytes_per_second,
     {65536, 1000000000}},
    {"limits.state_act_bytes_burst", &LimitsConfig::state_act_bytes_burst, {1048576, 1000000000}},
    {"limits.state_emergency_acts_per_second",
     &LimitsConfig::state_emergency_acts_per_second,
     {1, 10000}},
    {"limits.state_emergency_acts_burst", &LimitsConfig::state_emergency_acts_burst, {1, 100000}},
    {"limits.state_reads_per_second", &LimitsConfig::state_reads_per_second, {1, 1000000}},
    {"limits.state_reads_burst", &LimitsConfig::state_reads_burst, {1, 1000000}},
    {"limits.state_read_bytes_per_second",
     &LimitsConfig::state_read_bytes_per_second,
     {65536, 10000000000}},
    {"limits.state_read_bytes_burst",
     &LimitsConfig::state_read_bytes_burst,
     {1048576, 1000000000000}},
    {"limits.state_untaken_bytes_max",
     &LimitsConfig::state_untaken_bytes_max,
     {2097152, 1073741824}},
    {"limits.office_share_percent", &LimitsConfig::office_share_percent, {1, 100}},
    {"limits.streams_per_office_max", &LimitsConfig::streams_per_office_max, {1, 64}},
    {"limits.streams_per_state_max", &LimitsConfig::streams_per_state_max, {1, 1024}},
    {"limits.metadata_bytes_max", &LimitsConfig::metadata_bytes_max, {4096, 65536}},
    {"limits.call_deadline_seconds_max", &LimitsConfig::call_deadline_seconds_max, {1, 600}},
    {"limits.connection_idle_seconds", &LimitsConfig::connection_idle_seconds, {10, 86400}},
    {"limits.author_time_ahead_seconds_max",
     &LimitsConfig::author_time_ahead_seconds_max,
     {0, 300}},
    {"limits.valid_hours_max", &LimitsConfig::valid_hours_max, {1, 720}},
}};

// A lower bound is what an honest client of one office needs.
constexpr std::array<Limit<GateConfig>, 39> kGateLimits = {{
    {"gate.threads", &GateConfig::threads, {1, 16}},
    {"gate.handshake_threads", &GateConfig::handshake_threads, {1, 16}},
    {"gate.sessions_max", &GateConfig::sessions_max, {16, 65536}},
    {"gate.sessions_per_source_max", &GateConfig::sessions_per_source_max, {1, 65536}},
    {"gate.sessions_per_office_max", &GateConfig::sessions_per_office_max, {1, 65536}},
    {"gate.sessions_per_state_max", &GateConfig::sessions_per_state_max, {1, 65536}},
    {"gate.inactive_sessions_max", &GateConfig::inactive_sessions_max, {1, 1024}},
    {"gate.calls_per_session_max", &GateConfig::calls_per_session_max, {16, 65536}},
    {"gate.calls_per_office_max", &GateConfig::calls_per_office_max, {16, 65536}},
    {"gate.request_frames_per_office_max",
     &GateConfig::request_frames_per_office_max,
     {288, 1000000}},
    {"gate.request_bytes_per_office_max",
     &GateConfig::request_bytes_per_office_max,
     {5242880, 1073741824}},
    {"gate.calls_per_state_max", &GateConfig::calls_per_state_max, {16, 65536}},
    {"gate.request_frames_per_state_max",
     &GateConfig::request_frames_per_state_max,
     {288, 1000000}},
    {"gate.request_bytes_per_state_max",
     &GateConfig::request_bytes_per_state_max,
     {5242880, 1073741824}},
    {"gate.handshakes_max", &GateConfig::handshakes_max, {1, 65536}},
    {"gate.handshakes_per_source_max", &GateConfig::handshakes_per_source_max, {1, 65536}},
    {"gate.handshake_seconds_max", &GateConfig::handshake_seconds_max, {1, 60}},
    {"gate.session_seconds_max", &GateConfig::session_seconds_max, {60, 86400}},
    {"gate.untaken_seconds_max", &GateConfig::untaken_seconds_max, {1, 600}},
    {"gate.bytes_before_request_max", &GateConfig::bytes_before_request_max, {1024, 1048576}},
    {"gate.header_block_bytes_max", &GateConfig::header_block_bytes_max, {4096, 131072}},
    {"gate.header_block_frames_max", &GateConfig::header_block_frames_max, {1, 64}},
    {"gate.header_fields_max", &GateConfig::header_fields_max, {32, 4096}},
    {"gate.calls_burst", &GateConfig::calls_burst, {100, 100000000}},
    {"gate.calls_per_second", &GateConfig::calls_per_second, {10, 100000000}},
    {"gate.resets_burst", &GateConfig::resets_burst, {10, 100000}},
    {"gate.resets_per_second", &GateConfig::resets_per_second, {1, 100000}},
    {"gate.controls_burst", &GateConfig::controls_burst, {10, 100000}},
    {"gate.controls_per_second", &GateConfig::controls_per_second, {1, 100000}},
    {"gate.priorities_burst", &GateConfig::priorities_burst, {1, 100000}},
    {"gate.priorities_per_second", &GateConfig::priorities_per_second, {1, 100000}},
    {"gate.window_updates_burst", &GateConfig::window_updates_burst, {100, 1000000}},
    {"gate.window_updates_per_second", &GateConfig::window_updates_per_second, {1, 1000000}},
    {"gate.empty_frames_burst", &GateConfig::empty_frames_burst, {1, 100000}},
    {"gate.empty_frames_per_second", &GateConfig::empty_frames_per_second, {1, 100000}},
    {"gate.late_frames_burst", &GateConfig::late_frames_burst, {100, 1000000}},
    {"gate.late_frames_per_second", &GateConfig::late_frames_per_second, {10, 1000000}},
    {"gate.abuses_burst", &GateConfig::abuses_burst, {1, 100000}},
    {"gate.abuses_per_minute", &GateConfig::abuses_per_minute, {1, 6000}},
}};

bool IsExchangeName(std::string_view name) {
  return name.size() <= kNameCharactersMax && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

// host:port, the host of IPv6 in brackets.
bool IsAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (!in_brackets && host.find_first_of(":[] ") != std::string_view::npos) {
    return false;
  }
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  return std::stoul(std::string(port)) <= 65535;
}

// Reads paths, makes them absolute, and looks at what is there without opening it.
class Paths {
 public:
  Paths(TomlReader& reader, std::filesystem::path folder)
      : reader_(reader), folder_(std::move(folder)) {}

  // A file that must be there.
  void Input(std::string_view key, std::string& target) {
    if (Read(key, Presence::kRequired, target)) {
      CheckInput(key, target);
    }
  }

  // A file that must be there, at a path that was read already.
  void InputAt(std::string_view key, std::string& path) {
    path = Absolute(path);
    CheckInput(key, path);
  }

  void Inputs(std::string_view key, std::vector<std::string>& targets) {
    reader_.Texts(key, Presence::kRequired, targets);
    for (std::string& target : targets) {
      InputAt(key, target);
    }
  }

  // A folder that must be there, if one is named.
  void Folder(std::string_view key, std::string& target) {
    std::error_code error;
    if (Read(key, Presence::kOptional, target) && !std::filesystem::is_directory(target, error)) {
      reader_.Refuse(key, fmt::format("names {}, which is no folder that this user can see: make "
                                      "it, correct the path, or leave the key out",
                                      target));
    }
  }

  // A file that the server makes: its folder must be there.
  void Output(std::string_view key, Presence presence, std::string& target) {
    if (!Read(key, presence, target)) {
      return;
    }
    std::error_code error;
    if (std::filesystem::is_directory(target, error)) {
      reader_.Refuse(key, fmt::format("names the folder {}: name a file in it", target));
    } else if (!std::filesystem::is_directory(std::filesystem::path(target).parent_path(), error)) {
      reader_.Refuse(key, fmt::format("names {}, whose folder is not there: make the folder, or "
                                      "correct the path",
                                      target));
    }
  }

  // Refuses a secret that others may read, by the bits of its mode in `forbidden`. One that is not
  // there is no secret yet.
  void Secret(std::string_view key, const std::string& path, mode_t forbidden) {
    struct stat found {};
    if (!path.empty() && stat(path.c_str(), &found) == 0 && (found.st_mode & forbidden) != 0) {
      reader_.Refuse(key,
                     fmt::format("names {}, which others than its owner may use (mode {:04o}): "
                                 "chmod 600 it",
                                 path, found.st_mode & 07777U));
    }
  }

  void Seed(std::string_view key, const std::string& path) {
    Secret(key, path, 0077);
    struct stat found {};
    if (!path.empty() && stat(path.c_str(), &found) == 0 &&
        (!S_ISREG(found.st_mode) || found.st_size < kSeedDigits ||
         found.st_size > kSeedDigits + 1)) {
      reader_.Refuse(key,
                     fmt::format("names {}, which is no file of {} hexadecimal digits: put the "
                                 "log key's seed back, or name another file",
                                 path, kSeedDigits));
    }
  }

  void CheckInput(std::string_view key, const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) {
      reader_.Refuse(key, fmt::format("names {}, which is not there: correct the path, or put the "
                                      "file there",
                                      path));
    } else if (!S_ISREG(found.st_mode)) {
      reader_.Refuse(key, fmt::format("names {}, which is no file: name a file", path));
    } else if (access(path.c_str(), R_OK) != 0) {
      reader_.Refuse(key,
                     fmt::format("names {}, which this user may not read: mend its rights", path));
    }
  }

 private:
  std::string Absolute(const std::string& path) const {
    return (folder_ / path).lexically_normal().string();
  }

  // Whether there is a path to go on with.
  bool Read(std::string_view key, Presence presence, std::string& target) {
    reader_.Text(key, presence, target);
    if (target.empty()) {
      return false;
    }
    target = Absolute(target);
    return true;
  }

  TomlReader& reader_;
  const std::filesystem::path folder_;
};

void ReadExchange(TomlReader& reader, Paths& paths, ExchangeConfig& exchange) {
  reader.Text("exchange.name", Presence::kRequired, exchange.name);
  if (!IsExchangeName(exchange.name)) {
    reader.Refuse("exchange.name",
                  fmt::format("must be 1 to {} of a-z, 0-9, dot and hyphen: choose another",
                              kNameCharactersMax));
  }
  paths.Inputs("exchange.frameworks", exchange.frameworks);
  paths.Input("exchange.notification_kinds", exchange.notification_kinds);
  paths.Input("exchange.secretariat_certificate", exchange.secretariat_certificate);
  paths.Output("exchange.genesis", Presence::kOptional, exchange.genesis);
}

// A key on a token is known by its URI (RFC 7512), whose PIN stands in a file.
void ReadTokenKey(TomlReader& reader, Paths& paths, ServerConfig& server) {
  constexpr std::string_view kPinFile = "pin-source=file:";
  paths.Input("server.key_module", server.key_module);
  if (server.key.find("pin-value") != std::string::npos) {
    server.key.clear();  // It is not to get into any message.
    reader.Refuse("server.key",
                  "holds the PIN itself: put it into a file of mode 600, and name that by "
                  "pin-source=file:/absolute/path");
    return;
  }
  const size_t at = server.key.find(kPinFile);
  const size_t begin = at == std::string::npos ? at : at + kPinFile.size();
  if (at == std::string::npos || server.key.substr(begin, 1) != "/") {
    reader.Refuse("server.key",
                  "names a key on a token, but not the file with its PIN: add "
                  ";pin-source=file:/absolute/path");
    return;
  }
  const std::string pin = server.key.substr(begin, server.key.find_first_of(";&?", begin) - begin);
  paths.CheckInput("server.key", pin);
  paths.Secret("server.key", pin, 0077);
}

void ReadKey(TomlReader& reader, Paths& paths, ServerConfig& server) {
  reader.Text("server.key", Presence::kRequired, server.key);
  if (server.key.starts_with("pkcs11:")) {
    ReadTokenKey(reader, paths, server);
    return;
  }
  if (server.key.empty()) {
    return;
  }
  paths.InputAt("server.key", server.key);
  paths.Secret("server.key", server.key, 0007);  // A group for TLS keys is usual on Debian.
}

void ReadServer(TomlReader& reader, Paths& paths, ServerConfig& server) {
  reader.Text("server.listen", Presence::kOptional, server.listen);
  if (!IsAddress(server.listen)) {
    reader.Refuse("server.listen",
                  fmt::format("is \"{}\"; it must be host:port, as in \"127.0.0.1:7443\" or "
                              "\"[::1]:7443\", with a port of at most 65535",
                              server.listen));
  }
  paths.Input("server.certificate", server.certificate);
  ReadKey(reader, paths, server);
  paths.Input("server.client_ca", server.client_ca);
  paths.Folder("server.revocation_lists", server.revocation_lists);
  reader.Number("server.drain_seconds", kDrainSeconds, server.drain_seconds);
  paths.Output("server.address_file", Presence::kOptional, server.address_file);
}

void ReadStore(TomlReader& reader, Paths& paths, StoreConfig& store) {
  paths.Output("store.database", Presence::kRequired, store.database);
  paths.Output("store.checkpoints", Presence::kRequired, store.checkpoints);
  if (!store.database.empty() && store.database == store.checkpoints) {
    reader.Refuse("store.checkpoints",
                  "is the database itself: name another file, on another disk if there is one");
  }
}

template <typename Limits, typename Section>
void ReadNumbers(const Limits& limits, TomlReader& reader, Section& section) {
  for (const auto& limit : limits) {
    reader.Number(limit.key, limit.bounds, section.*limit.value);
  }
}

void ReadLimits(TomlReader& reader, LimitsConfig& limits) {
  ReadNumbers(kLimits, reader, limits);
  if (limits.page_size_default > limits.page_size_max) {
    reader.Refuse("limits.page_size_default",
                  fmt::format("is {}, more than limits.page_size_max ({}): lower it, or raise that",
                              limits.page_size_default, limits.page_size_max));
  }
}

void ReadGate(TomlReader& reader, GateConfig& gate) {
  ReadNumbers(kGateLimits, reader, gate);
  reader.Texts("gate.balancers", Presence::kOptional, gate.balancers);
  for (const std::string& balancer : gate.balancers) {
    in6_addr address{};  // Room for either.
    if (::inet_pton(AF_INET, balancer.c_str(), &address) != 1 &&
        ::inet_pton(AF_INET6, balancer.c_str(), &address) != 1) {
      reader.Refuse("gate.balancers",
                    fmt::format("has \"{}\", which is no address: write each as \"192.0.2.7\" or "
                                "\"2001:db8::7\", without a name, a port or a network",
                                balancer));
    }
  }
}

// The gate ends who makes more calls than it allows; the State's rate of reads refuses one call.
void CheckCalls(TomlReader& reader, const LimitsConfig& limits, const GateConfig& gate) {
  const auto check = [&reader](std::string_view key, uint64_t calls, std::string_view reads_key,
                               uint64_t reads) {
    if (calls < reads) {
      reader.Refuse(key, fmt::format("is {}, less than {} ({}), so that whoever reads as much as "
                                     "its State may is cut off: raise it, or lower that",
                                     calls, reads_key, reads));
    }
  };
  check("gate.calls_burst", gate.calls_burst, "limits.state_reads_burst", limits.state_reads_burst);
  check("gate.calls_per_second", gate.calls_per_second, "limits.state_reads_per_second",
        limits.state_reads_per_second);
}

void ReadLog(TomlReader& reader, Paths& paths, LogConfig& log) {
  reader.Text("log.level", Presence::kOptional, log.level);
  if (std::find(kLevels.begin(), kLevels.end(), log.level) == kLevels.end()) {
    reader.Refuse("log.level",
                  fmt::format("is \"{}\"; it must be debug, info, warning or error", log.level));
  }
  paths.Output("log.file", Presence::kOptional, log.file);
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(TomlReader reader, TomlReader::Open(path));
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) {
    return absl::InvalidArgumentError(
        fmt::format("{}:1: its folder cannot be found: give the whole path", path));
  }
  Paths paths(reader, absolute.parent_path());
  Config config;
  ReadExchange(reader, paths, config.exchange);
  ReadServer(reader, paths, config.server);
  ReadStore(reader, paths, config.store);
  paths.Output("log_key.seed_file", Presence::kRequired, config.log_key.seed_file);
  paths.Seed("log_key.seed_file", config.log_key.seed_file);
  ReadLimits(reader, config.limits);
  ReadGate(reader, config.gate);
  CheckCalls(reader, config.limits, config.gate);
  ReadLog(reader, paths, config.log);
  CBM_RETURN_IF_ERROR(reader.Finish());
  return config;
}

}  // namespace cbm
