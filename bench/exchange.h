#ifndef CBM_BENCH_EXCHANGE_H_
#define CBM_BENCH_EXCHANGE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/load.h"
#include "bench/process.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/act_service.pb.h"
#include "cbm/v1/genesis.pb.h"
#include "core/crypto/system_random.h"
#include "grpcpp/channel.h"
#include "tests/support/test_pki.h"

namespace cbm::bench {

// Certificates for everybody in a benchmark: servers on loopback, and their clients.
class Authority {
 public:
  Authority();

  test::Issued IssueServer();
  test::Issued IssueClient();
  std::string ca_pem() const { return pki_.ca_pem(); }

  // A connection of its own, which nobody shares.
  std::shared_ptr<grpc::Channel> Connect(const std::string& address,
                                         const test::Issued& client) const;

 private:
  test::TestPki pki_;
};

struct ExchangeOptions {
  size_t states = 57;        // With an office each; at most as many as OSCE has.
  bool raise_limits = true;  // Of rates and streams, so that the machine is the limit.
};

// An exchange served by cbmd as it is installed, in a folder of its own.
class Exchange {
 public:
  struct Office {
    std::string party;
    test::Issued credential;
    std::shared_ptr<grpc::Channel> channel;
  };

  Exchange(const std::filesystem::path& cbmd, const std::filesystem::path& data,
           const std::filesystem::path& folder, Authority& authority,
           const ExchangeOptions& options = {});

  // Ends the server and starts it again on what it has. Returns how long it took until it answered.
  absl::Duration Restart();

  const std::vector<Office>& offices() const { return offices_; }
  const Process& server() const { return *server_; }
  const std::string& address() const { return address_; }

  // Signed submits of a notification of `body_bytes` by each of `authors` offices, from `first` on,
  // to the State after it: `count` in all, one lane for each author.
  std::vector<Lane> MakeSubmits(size_t authors, size_t count, size_t body_bytes = 1024,
                                size_t first = 0);

  // The same for one to ALL/OSCE, by the first office.
  v1::PerformActRequest MakeSubmitToAll();

  // Bytes of the acts, signatures and contents that were made so far.
  uint64_t payload_bytes() const { return payload_bytes_; }

  // The pages of the database, also those that only the log has yet.
  uint64_t DatabaseBytes() const;

  // The file of the log: it gets as long as commits outrun what empties it, however many were made.
  uint64_t LogBytes() const;

 private:
  void Found(const std::filesystem::path& data, bool raise_limits);
  void Start();
  void Enrol(const std::string& party);
  v1::Act NewAct(const Office& author);
  v1::PerformActRequest Sign(const Office& signer, const v1::Act& act);
  v1::PerformActRequest MakeSubmit(const Office& author, const std::string& to, size_t body_bytes);
  void Say(size_t body_bytes, v1::Act& act, v1::PerformActRequest& request);

  const std::filesystem::path cbmd_;
  const std::filesystem::path folder_;
  Authority& authority_;
  std::unique_ptr<Process> server_;
  std::string exchange_id_;
  v1::Genesis genesis_;
  std::string address_;
  Office secretariat_;
  std::vector<Office> offices_;
  SystemRandom random_;
  uint64_t payload_bytes_ = 0;
};

// The method of a submit.
inline constexpr char kPerformAct[] = "/cbm.v1.ActService/PerformAct";

}  // namespace cbm::bench

#endif  // CBM_BENCH_EXCHANGE_H_
