#ifndef CBM_BENCH_PEERS_H_
#define CBM_BENCH_PEERS_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/exchange.h"
#include "bench/load.h"
#include "bench/process.h"

namespace cbm::bench {

// Servers to compare with, each with mutual TLS by the same authority.

// A plain gRPC echo, `bench_echo`.
class Echo {
 public:
  enum class Kind {
    kPlain,
    kInBatches,  // Its threads are scheduled as those of cbmd.
    kSynced,     // Each answer waits until 4 KiB are on disk.
    kGate        // Scheduled so too, behind the exchange's gate; the others have gRPC's own TLS.
  };

  Echo(const std::filesystem::path& program, const std::filesystem::path& folder,
       Authority& authority, Kind kind);

  // `connections` lanes of one request that carries and is answered as many bytes as given.
  std::vector<Lane> MakeLanes(size_t connections, size_t request_bytes, size_t answer_bytes) const;

  const Process& server() const { return *server_; }

 private:
  Authority& authority_;
  const test::Issued client_;
  std::unique_ptr<Process> server_;
  std::string address_;
};

inline constexpr char kEcho[] = "/cbm.bench.EchoService/Echo";

// etcd, one node. From Debian's etcd-server.
class Etcd {
 public:
  Etcd(const std::filesystem::path& folder, Authority& authority);

  // Puts of `value_bytes` under a key each, `count` in all.
  std::vector<Lane> MakePuts(size_t connections, size_t count, size_t value_bytes);

  const Process& server() const { return *server_; }

 private:
  Authority& authority_;
  const test::Issued client_;
  std::unique_ptr<Process> server_;
  std::string address_;
  size_t keys_ = 0;
};

inline constexpr char kEtcdPut[] = "/etcdserverpb.KV/Put";

}  // namespace cbm::bench

#endif  // CBM_BENCH_PEERS_H_
