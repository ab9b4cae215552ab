// A connection that nobody else can have a part in. What gRPC takes for a caller's identity is the
// name that the kernel says here, so each way to come by such a name is tried.

#include "server/gate/private_pair.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "core/base/hex.h"
#include "core/crypto/system_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

std::string NewName() { return "cbm-test-" + ToHex(SystemRandom().Bytes(16)); }

struct Address {
  explicit Address(const std::string& name) {
    value.sun_family = AF_UNIX;
    std::memcpy(value.sun_path + 1, name.data(), name.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&value); }

  sockaddr_un value{};
  socklen_t size = 0;
};

// The abstract name of who is at the other end; empty if it has none.
std::string PeerOf(const Descriptor& end) {
  sockaddr_un address{};
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getpeername(end.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const size_t head = offsetof(sockaddr_un, sun_path) + 1;
  return size <= head ? "" : std::string(address.sun_path + 1, size - head);
}

Descriptor NewSocket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

TEST(PrivatePair, ShowsTheNameAtTheOtherEndAlone) {
  const std::string name = NewName();
  const auto pair = MakePrivatePair(name);
  ASSERT_THAT(pair, IsOk());
  EXPECT_EQ(PeerOf(pair->server), name);
  EXPECT_EQ(PeerOf(pair->gate), "");
}

TEST(PrivatePair, DoesNotBlockAndIsNotInherited) {
  const auto pair = MakePrivatePair(NewName());
  ASSERT_THAT(pair, IsOk());
  for (const Descriptor* end : {&pair->gate, &pair->server}) {
    EXPECT_NE(::fcntl(end->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(end->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST(PrivatePair, CannotBeConnectedTo) {
  const std::string name = NewName();
  const auto pair = MakePrivatePair(name);
  ASSERT_THAT(pair, IsOk());
  const Descriptor stranger = NewSocket();
  const Address address(name);
  EXPECT_NE(::connect(stranger.get(), address.get(), address.size), 0);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST(PrivatePair, CannotBeListenedAt) {
  const auto pair = MakePrivatePair(NewName());
  ASSERT_THAT(pair, IsOk());
  EXPECT_NE(::listen(pair->gate.get(), 1), 0);
  EXPECT_NE(::listen(pair->server.get(), 1), 0);
}

TEST(PrivatePair, SharesItsNameWithNobody) {
  const std::string name = NewName();
  const auto pair = MakePrivatePair(name);
  ASSERT_THAT(pair, IsOk());
  EXPECT_THAT(MakePrivatePair(name), HasCode(absl::StatusCode::kAlreadyExists));
  const Descriptor stranger = NewSocket();
  const Address address(name);
  EXPECT_NE(::bind(stranger.get(), address.get(), address.size), 0);
}

TEST(PrivatePair, CannotBeGivenAnotherName) {
  const std::string name = NewName();
  const auto pair = MakePrivatePair(name);
  ASSERT_THAT(pair, IsOk());
  const Address other(NewName());
  EXPECT_NE(::bind(pair->gate.get(), other.get(), other.size), 0);
  EXPECT_EQ(PeerOf(pair->server), name);
}

TEST(PrivatePair, WantsANameThatFits) {
  EXPECT_THAT(MakePrivatePair(""), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(MakePrivatePair(std::string(108, 'x')), HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm
