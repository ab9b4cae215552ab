// Who a caller is rests on the gate alone: on whose connection it was that the gate verified. These
// tests look for a way around it, with the whole server behind: to reach gRPC without the gate, and
// to be taken for whoever was there before. And they show that who breaks a bound harms nobody
// else.

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "core/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/descriptor.h"
#include "tests/support/raw_calls.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls_client.h"

namespace cbm {
namespace {

using ::cbm::test::CallOf;
using ::cbm::test::CallOn;
using ::cbm::test::IsOk;
using ::cbm::test::kEmptySettings;
using ::cbm::test::kHttp2Preface;
using ::cbm::test::kTls13;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::cbm::test::TlsClient;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kPerformAct = "/cbm.v1.ActService/PerformAct";

std::string CallerOn(const std::shared_ptr<grpc::Channel>& channel) {
  const auto answer =
      CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest());
  return answer.ok() ? answer->caller().party() : answer.status().ToString();
}

// The abstract names of sessions, which everybody on this machine can read.
std::vector<std::string> NamesOfSessions() {
  std::vector<std::string> names;
  std::ifstream sockets("/proc/net/unix");
  for (std::string line; std::getline(sockets, line);) {
    if (const size_t at = line.find("@cbm-"); at != std::string::npos) {
      names.push_back(line.substr(at + 1));
    }
  }
  return names;
}

// Whether something listens at this abstract name.
bool CanConnect(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const Descriptor stranger(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(stranger.get(), reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())) == 0;
}

class Gateway : public testing::Test {
 protected:
  // A client that speaks HTTP/2 by hand; the server's first frame has come.
  std::unique_ptr<TlsClient> Raw(const TestOffice& office) {
    auto client = std::make_unique<TlsClient>(
        exchange_.address(), test::TlsOffer{.version = kTls13, .certificate = &office.credential});
    EXPECT_TRUE(client->Write(std::string(kHttp2Preface) + std::string(kEmptySettings)));
    EXPECT_THAT(client->Read(), Not(IsEmpty()));
    return client;
  }

  std::vector<GateEvent> Events() const {
    const MutexLock lock(mutex_);
    return events_;
  }

  mutable Mutex mutex_;
  std::vector<GateEvent> events_ ABSL_GUARDED_BY(mutex_);
  ServedExchange exchange_{{.observer = [this](const GateEvent& event) {
    const MutexLock lock(mutex_);
    events_.push_back(event);
  }}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const TestOffice& latvia_ = exchange_.Office("LV");
};

TEST_F(Gateway, TakesEachConnectionForItsOwnCertificates) {
  const auto of_estonia = exchange_.Channel(estonia_);
  const auto of_latvia = exchange_.Channel(latvia_);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(CallerOn(of_estonia), "EE");
    EXPECT_EQ(CallerOn(of_latvia), "LV");
  }
}

TEST_F(Gateway, CannotBeGoneAround) {
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_EQ(CallerOn(channel), "EE");
  const std::vector<std::string> names = NamesOfSessions();
  ASSERT_THAT(names, Not(IsEmpty())) << "they are to be seen, and of no use";
  for (const std::string& name : names) {
    EXPECT_FALSE(CanConnect(name)) << name;
  }
}

// The one goes with calls in flight, and the other comes at once, over the same descriptors, again
// and again. The calls carry what the other signed, which is taken over its own connections alone.
TEST_F(Gateway, TakesNobodyForWhoWasThereBefore) {
  const v1::PerformActRequest of_latvia = exchange_.MakeSubmit(latvia_, {"EE"});
  std::string calls;
  for (uint8_t stream = 1; stream < 20; stream += 2) {
    calls += CallOf(stream, kPerformAct, of_latvia.SerializeAsString());
  }
  const LedgerHeads before = exchange_.Heads();
  for (int i = 0; i < 30; ++i) {
    const auto estonia = Raw(estonia_);
    static_cast<void>(estonia->Write(calls));
    ::shutdown(estonia->socket().descriptor(), SHUT_RDWR);
    EXPECT_EQ(CallerOn(exchange_.Channel(latvia_)), "LV");
  }
  EXPECT_EQ(exchange_.Heads(), before);
  // They are good, and are taken as they came over that.
  const auto latvia = Raw(latvia_);
  ASSERT_TRUE(latvia->Write(CallOf(1, kPerformAct, of_latvia.SerializeAsString())));
  while (exchange_.Heads() == before) {
    ASSERT_THAT(latvia->Read(), Not(IsEmpty()));
  }
}

TEST_F(Gateway, EndsWhoFloodsAndNobodyElse) {
  const auto victim = exchange_.Channel(latvia_);
  ASSERT_EQ(CallerOn(victim), "LV");
  const auto attacker = Raw(estonia_);
  const std::string ping("\0\0\x08\x06\0\0\0\0\0abcdefgh", 17);
  std::string flood;
  for (int i = 0; i < 10'000; ++i) {
    flood += ping;
  }
  static_cast<void>(attacker->Write(flood));
  EXPECT_THAT(attacker->ReadToEnd(), HasSubstr("too many pings"));
  EXPECT_EQ(CallerOn(victim), "LV");
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(Events().front().certificate, estonia_.credential.certificate);
  EXPECT_EQ(Events().front().holder, (HolderName{.party = "EE", .office = estonia_.name}));
}

TEST_F(Gateway, LetsAnHonestClientCancelItsCalls) {
  const auto channel = exchange_.Channel(estonia_);
  v1::ExchangeService::Stub stub(channel);
  for (int i = 0; i < 150; ++i) {
    grpc::ClientContext context;
    context.TryCancel();
    v1::GetExchangeResponse response;
    EXPECT_FALSE(stub.GetExchange(&context, {}, &response).ok());
  }
  EXPECT_EQ(CallerOn(channel), "EE");
  EXPECT_THAT(Events(), IsEmpty());
}

}  // namespace
}  // namespace cbm
