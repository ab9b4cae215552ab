#ifndef CBM_TESTS_SERVER_GATE_GATE_WORLD_H_
#define CBM_TESTS_SERVER_GATE_GATE_WORLD_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/mutex.h"
#include "core/crypto/system_random.h"
#include "gtest/gtest.h"
#include "server/gate/gate.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"
#include "tests/support/tls_client.h"

namespace cbm::test {

// gRPC's end of a session, in the hands of a test. Its waits end after 30 s.
class ServerEnd {
 public:
  explicit ServerEnd(Descriptor descriptor);

  // The name of the session, as the kernel says it.
  std::string Name() const;

  // Exactly so many, or fewer at the end.
  std::string Read(size_t bytes) const;
  bool Write(std::string_view bytes) const;
  // As much as is taken without waiting.
  size_t WriteUntilFull(std::string_view bytes) const;
  // Whether nothing comes any more but the end. False after 30 s without it.
  bool IsAtEnd() const;
  void HangUp() { descriptor_.Close(); }
  int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

// A gate at 127.0.0.1, with a test where gRPC would be. Its patience is by a clock of the test's.
class GateWorld : public testing::Test {
 protected:
  explicit GateWorld(const GateLimits& limits = {});

  TlsClient Connect() { return Connect(estonia_); }
  TlsClient Connect(const Issued& certificate) const;

  // The next session's end.
  ServerEnd NextServerEnd();
  size_t ends_waiting();

  // Waits for an event with this in its reason.
  GateEvent AwaitEvent(std::string_view reason);
  size_t events();

  void PassTime(std::chrono::seconds seconds) { now_ = now_.load() + seconds; }

  // A session that is open: the client has said that it speaks HTTP/2, and the server has read it.
  struct Open {
    std::unique_ptr<TlsClient> client;
    ServerEnd server;
  };
  Open OpenSession() { return OpenSession(estonia_); }
  Open OpenSession(const Issued& certificate);

  ServerIdentity IdentityOf(const Issued& server) const;

  TestPki pki_;
  const Issued server_ = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  const Issued estonia_ = pki_.Issue("EE duty");
  FakeClock clock_;
  SystemRandom random_;
  SessionTable table_{random_};
  std::string address_;

 private:
  std::atomic<SteadyTime> now_ = SteadyTime() + std::chrono::hours(1);
  Mutex mutex_;
  Condition changed_;
  std::deque<Descriptor> delivered_ ABSL_GUARDED_BY(mutex_);
  std::vector<GateEvent> events_ ABSL_GUARDED_BY(mutex_);

 protected:
  std::unique_ptr<Gate> gate_;  // Destroyed first: it calls what is above.
};

// A frame of HTTP/2 with a payload of zeros.
std::string FrameOf(uint8_t type, uint8_t flags, uint32_t stream, size_t length);

}  // namespace cbm::test

#endif  // CBM_TESTS_SERVER_GATE_GATE_WORLD_H_
