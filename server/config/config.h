#ifndef CBM_SERVER_CONFIG_CONFIG_H_
#define CBM_SERVER_CONFIG_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace cbm {

// What an exchange is made of. Read by `cbmd init`; a running exchange has its genesis document.
struct ExchangeConfig {
  std::string name;
  std::vector<std::string> frameworks;
  std::string notification_kinds;
  std::string secretariat_certificate;
  std::string genesis = "genesis.json";  // Written by `cbmd init`.
};

struct ServerConfig {
  std::string listen = "127.0.0.1:7443";  // host:port; port 0 takes a free one.
  std::string certificate;
  std::string key;         // A file, or the URI of a key on a token: pkcs11:…
  std::string key_module;  // The library that speaks to the token; empty for a file.
  std::string client_ca;
  std::string revocation_lists;  // A folder; empty: none.
  uint64_t drain_seconds = 20;
  std::string address_file;  // Empty: the bound address is not written to a file.
};

struct StoreConfig {
  std::string database;
  std::string checkpoints;

  // What authorities have revoked, beside the database.
  std::string revoked() const { return database + ".revoked"; }
};

struct LogKeyConfig {
  std::string seed_file;  // 64 hexadecimal digits; `cbmd init` makes it if it is not there.
};

// The limits of the exchange; the bounds within which each may be set stand in config.cc.
struct LimitsConfig {
  uint64_t act_bytes_max = 16384;
  uint64_t content_bytes_max = 1048576;
  uint64_t addressees_max = 64;
  uint64_t page_size_default = 50;
  uint64_t page_size_max = 200;
  uint64_t queue_acts_max = 4096;
  uint64_t queue_emergency_acts_max = 256;
  uint64_t state_acts_per_second = 20;
  uint64_t state_acts_burst = 200;
  uint64_t state_act_bytes_per_second = 4'000'000;
  uint64_t state_act_bytes_burst = 8'000'000;
  uint64_t state_emergency_acts_per_second = 1;
  uint64_t state_emergency_acts_burst = 20;
  uint64_t state_reads_per_second = 1000;
  uint64_t state_reads_burst = 5000;
  uint64_t state_read_bytes_per_second = 64'000'000;
  uint64_t state_read_bytes_burst = 1'000'000'000;
  uint64_t state_untaken_bytes_max = 4'194'304;
  uint64_t office_share_percent = 50;
  uint64_t streams_per_office_max = 4;
  uint64_t streams_per_state_max = 32;
  uint64_t metadata_bytes_max = 16384;
  uint64_t call_deadline_seconds_max = 60;
  uint64_t connection_idle_seconds = 300;
  uint64_t author_time_ahead_seconds_max = 300;
  uint64_t valid_hours_max = 720;
};

// What the gate holds every client to; the bounds within which each may be set stand in config.cc.
struct GateConfig {
  uint64_t threads = 2;
  uint64_t handshake_threads = 2;
  uint64_t sessions_max = 1024;
  uint64_t sessions_per_source_max = 256;
  uint64_t sessions_per_office_max = 64;
  uint64_t sessions_per_state_max = 128;
  uint64_t inactive_sessions_max = 8;
  uint64_t calls_per_session_max = 100;
  uint64_t calls_per_office_max = 256;
  uint64_t request_frames_per_office_max = 480;
  uint64_t request_bytes_per_office_max = 7077888;
  uint64_t calls_per_state_max = 320;
  uint64_t request_frames_per_state_max = 576;
  uint64_t request_bytes_per_state_max = 8388608;
  uint64_t handshakes_max = 256;
  uint64_t handshakes_per_source_max = 64;
  uint64_t handshake_seconds_max = 10;
  uint64_t session_seconds_max = 3600;
  uint64_t untaken_seconds_max = 30;
  uint64_t bytes_before_request_max = 65536;
  uint64_t header_block_bytes_max = 32768;
  uint64_t header_block_frames_max = 8;
  uint64_t header_fields_max = 64;
  uint64_t calls_burst = 10000;
  uint64_t calls_per_second = 2000;
  uint64_t resets_burst = 200;
  uint64_t resets_per_second = 100;
  uint64_t controls_burst = 100;
  uint64_t controls_per_second = 20;
  uint64_t priorities_burst = 100;
  uint64_t priorities_per_second = 20;
  uint64_t window_updates_burst = 20000;
  uint64_t window_updates_per_second = 10000;
  uint64_t empty_frames_burst = 100;
  uint64_t empty_frames_per_second = 20;
  uint64_t late_frames_burst = 2'000;
  uint64_t late_frames_per_second = 200;
  uint64_t abuses_burst = 10;
  uint64_t abuses_per_minute = 6;
  std::vector<std::string> balancers;  // Literal addresses whose PROXY headers are believed.
};

struct LogConfig {
  std::string level = "info";  // debug, info, warning or error.
  std::string file;            // Empty: standard error.
};

// What the one configuration file of cbmd says; plain values. Paths are absolute.
struct Config {
  ExchangeConfig exchange;
  ServerConfig server;
  StoreConfig store;
  LogKeyConfig log_key;
  LimitsConfig limits;
  GateConfig gate;
  LogConfig log;
};

// Reads the TOML file at `path` (deploy/cbmd.toml explains each key). A relative path in it starts
// at the file's own folder. Nothing but that file is opened; of the others it is looked whether
// they are there and who may read them.
//
// INVALID_ARGUMENT if it cannot be read or does not parse; has an unknown or missing key, a wrong
// type, or a value out of bounds; names a file that must be there and is not, or whose folder is
// not; or a secret that others may read. The message has one line for each mistake: file, line,
// key, what is wrong and what to do.
absl::StatusOr<Config> LoadConfig(const std::string& path);

}  // namespace cbm

#endif  // CBM_SERVER_CONFIG_CONFIG_H_
