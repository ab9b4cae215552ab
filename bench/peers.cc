#include "bench/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "bench/echo.pb.h"
#include "bench/etcd_put.pb.h"
#include "bench/require.h"
#include "core/base/clock.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

void WriteKeys(const std::filesystem::path& folder, Authority& authority) {
  std::filesystem::create_directories(folder);
  const test::Issued server = authority.IssueServer();
  std::ofstream(folder / "ca.pem") << authority.ca_pem();
  std::ofstream(folder / "server.pem") << server.chain_pem;
  std::ofstream(folder / "server.key") << server.key_pem;
}

// A port that nobody has now: etcd cannot choose one itself.
int FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  Require(::bind(socket, generic, size) == 0 && ::getsockname(socket, generic, &size) == 0,
          "no port is free");
  ::close(socket);
  return ntohs(address.sin_port);
}

}  // namespace

Echo::Echo(const std::filesystem::path& program, const std::filesystem::path& folder,
           Authority& authority, Kind kind)
    : authority_(authority), client_(authority.IssueClient()) {
  Require(!std::filesystem::exists(folder), "two echoes in one folder");
  WriteKeys(folder, authority);
  std::vector<std::string> arguments = {program.string(), "--folder", folder.string()};
  if (kind == Kind::kSynced) {
    arguments.insert(arguments.end(), {"--sync-to", (folder / "synced").string()});
  }
  if (kind == Kind::kInBatches || kind == Kind::kGate) {
    arguments.emplace_back("--in-batches");
  }
  if (kind == Kind::kGate) {
    arguments.emplace_back("--gate");
  }
  server_ = std::make_unique<Process>(arguments, folder / "out");
  const absl::Time end = Clock::System().Now() + kPatience;
  while (!std::filesystem::exists(folder / "address")) {
    server_->RequireRunning();
    Require(Clock::System().Now() < end, "the echo does not say where it listens");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::ifstream file(folder / "address");
  std::getline(file, address_);
}

std::vector<Lane> Echo::MakeLanes(size_t connections, size_t request_bytes,
                                  size_t answer_bytes) const {
  EchoRequest request;
  request.set_payload(std::string(request_bytes, 'x'));
  request.set_answer_bytes(static_cast<uint32_t>(answer_bytes));
  const grpc::ByteBuffer buffer = ToBuffer(request.SerializeAsString());
  std::vector<Lane> lanes;
  for (size_t i = 0; i < connections; ++i) {
    lanes.push_back({.channel = authority_.Connect(address_, client_), .requests = {buffer}});
  }
  return lanes;
}

Etcd::Etcd(const std::filesystem::path& folder, Authority& authority)
    : authority_(authority), client_(authority.IssueClient()) {
  WriteKeys(folder, authority);
  address_ = fmt::format("127.0.0.1:{}", FreePort());
  const std::string peer = fmt::format("http://127.0.0.1:{}", FreePort());
  const std::string client = "https://" + address_;
  const std::string server_pem = (folder / "server.pem").string();
  server_ = std::make_unique<Process>(std::vector<std::string>{"etcd",
                                                               "--name",
                                                               "bench",
                                                               "--data-dir",
                                                               (folder / "data").string(),
                                                               "--listen-client-urls",
                                                               client,
                                                               "--advertise-client-urls",
                                                               client,
                                                               "--listen-peer-urls",
                                                               peer,
                                                               "--initial-advertise-peer-urls",
                                                               peer,
                                                               "--initial-cluster",
                                                               "bench=" + peer,
                                                               "--client-cert-auth",
                                                               "--trusted-ca-file",
                                                               (folder / "ca.pem").string(),
                                                               "--cert-file",
                                                               server_pem,
                                                               "--key-file",
                                                               (folder / "server.key").string(),
                                                               "--log-level",
                                                               "error"},
                                      folder / "out");
  // Its first answer shows that it has elected itself.
  const std::shared_ptr<grpc::Channel> channel = authority_.Connect(address_, client_);
  Require(channel->WaitForConnected(std::chrono::system_clock::now() +
                                    absl::ToChronoSeconds(kPatience)),
          "etcd does not answer; see " + (folder / "out").string());
  RunLoad(MakePuts(1, 1, 16), {.method = kEtcdPut, .in_flight = 1, .again = false});
}

std::vector<Lane> Etcd::MakePuts(size_t connections, size_t count, size_t value_bytes) {
  std::vector<Lane> lanes;
  for (size_t i = 0; i < connections; ++i) {
    lanes.push_back({.channel = authority_.Connect(address_, client_), .requests = {}});
  }
  etcdserverpb::PutRequest request;
  request.set_value(std::string(value_bytes, 'x'));
  for (size_t i = 0; i < count; ++i) {
    request.set_key(fmt::format("key/{:012}", keys_++));
    lanes[i % connections].requests.push_back(ToBuffer(request.SerializeAsString()));
  }
  return lanes;
}

}  // namespace cbm::bench
