// What a balancer says of its client decides whose bounds the client counts against, so that it is
// taken whole or not at all. Headers are short: each is tried cut at every byte, and the fixed part
// with every value that a byte can have.

#include "server/gate/proxy_header.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "tests/support/proxy_bytes.h"

namespace cbm {
namespace {

using ::cbm::test::kProxyIpv4;
using ::cbm::test::kProxyIpv6;
using ::cbm::test::kProxyLocal;
using ::cbm::test::kProxyProxy;
using ::cbm::test::kProxyUnspecified;
using ::cbm::test::ProxyBytes;
using ::cbm::test::ProxyBytesOf;
using State = ProxyHeader::State;

constexpr size_t kFixedBytes = 16;
constexpr size_t kRestBytesMax = kProxyHeaderBytesMax - kFixedBytes;

void ExpectMalformed(std::string_view bytes) {
  const ProxyHeader header = ParseProxyHeader(bytes);
  EXPECT_EQ(header.state, State::kMalformed);
  EXPECT_EQ(header.bytes, 0U);
  EXPECT_EQ(header.source, Source());
}

void ExpectWhole(const std::string& bytes, std::string_view source) {
  for (const std::string& after : {std::string(), std::string("\x16\x03\x01"), bytes}) {
    const ProxyHeader header = ParseProxyHeader(bytes + after);
    EXPECT_EQ(header.state, State::kWhole);
    EXPECT_EQ(header.bytes, bytes.size());
    EXPECT_EQ(header.source.name, source);
    EXPECT_EQ(header.source.network.empty(), source.empty());
  }
}

const std::vector<std::pair<std::string, std::string>>& GoodHeaders() {
  static const std::vector<std::pair<std::string, std::string>> good = {
      {ProxyBytesOf("192.0.2.7"), "192.0.2.7"},
      {ProxyBytesOf("192.0.2.7", "\x04\x00\x01x"), "192.0.2.7"},
      {ProxyBytesOf("192.0.2.7", std::string(kRestBytesMax - 12, 'x')), "192.0.2.7"},
      {ProxyBytesOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"},
      {ProxyBytesOf("2001:db8:1:2:3:4:5:6", std::string(kRestBytesMax - 36, 'x')),
       "2001:db8:1:2::/64"},
      {ProxyBytesOf("::ffff:192.0.2.7"), "192.0.2.7"},
      {ProxyBytes(kProxyLocal, kProxyUnspecified, ""), ""},
      {ProxyBytes(kProxyLocal, kProxyUnspecified, "\x04\x00\x01x"), ""},
      {ProxyBytes(kProxyProxy, kProxyUnspecified, ""), ""},
      {ProxyBytes(kProxyProxy, kProxyUnspecified, std::string(kRestBytesMax, 'x')), ""},
  };
  return good;
}

TEST(ProxyHeader, SaysWhereTheClientIsFrom) {
  for (const auto& [bytes, source] : GoodHeaders()) {
    SCOPED_TRACE(fmt::format("{} bytes of {}", bytes.size(), source));
    ExpectWhole(bytes, source);
  }
}

TEST(ProxyHeader, IsTheBalancersOwnWhereItIsLocalWhateverElseThatSays) {
  const std::string addresses = ProxyBytesOf("192.0.2.7").substr(kFixedBytes);
  for (int family = 0; family < 256; ++family) {
    SCOPED_TRACE(family);
    ExpectWhole(ProxyBytes(kProxyLocal, static_cast<uint8_t>(family), addresses), "");
    ExpectWhole(ProxyBytes(kProxyLocal, static_cast<uint8_t>(family), ""), "");
  }
}

TEST(ProxyHeader, IsNotWholeAtAnyByteBeforeItsEnd) {
  for (const auto& [bytes, source] : GoodHeaders()) {
    for (size_t seen = 0; seen < bytes.size(); ++seen) {
      SCOPED_TRACE(fmt::format("{} of {} bytes", seen, bytes.size()));
      const ProxyHeader header = ParseProxyHeader(std::string_view(bytes).substr(0, seen));
      EXPECT_EQ(header.state, State::kPartial);
      EXPECT_EQ(header.bytes, seen < kFixedBytes ? kFixedBytes : bytes.size());
      EXPECT_EQ(header.source, Source());
    }
  }
}

TEST(ProxyHeader, IsNoneAsSoonAsAByteIsWrong) {
  const std::string good = ProxyBytesOf("192.0.2.7");
  for (size_t at = 0; at < 14; ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(value);
      if (bytes == good || (at == 12 && value == kProxyLocal) ||
          (at == 13 && value == kProxyUnspecified)) {
        continue;
      }
      SCOPED_TRACE(fmt::format("byte {} is {}", at, value));
      if (at != 13 || value != kProxyIpv6) {
        ExpectMalformed(std::string_view(bytes).substr(0, at + 1));
      }
      ExpectMalformed(bytes);
    }
  }
}

TEST(ProxyHeader, IsNoneWithoutRoomForItsAddresses) {
  for (size_t length = 0; length < 36; ++length) {
    SCOPED_TRACE(length);
    const std::string rest(length, '\x01');
    ExpectMalformed(ProxyBytes(kProxyProxy, kProxyIpv6, rest));
    if (length < 12) {
      ExpectMalformed(ProxyBytes(kProxyProxy, kProxyIpv4, rest));
    }
  }
}

TEST(ProxyHeader, IsNoneBeyondItsBoundBeforeThatIsRead) {
  for (const size_t length : {kRestBytesMax + 1, size_t{65'535}}) {
    for (const uint8_t kind : {kProxyLocal, kProxyProxy}) {
      const std::string bytes = ProxyBytes(kind, kProxyIpv4, std::string(length, '\x01'));
      ExpectMalformed(bytes);
      ExpectMalformed(std::string_view(bytes).substr(0, kFixedBytes));
    }
  }
}

TEST(ProxyHeader, IsNoneOfVersion1NorWhatClientsBeginWith) {
  for (const char* bytes : {"PROXY TCP4 192.0.2.7 192.0.2.1 49153 7443\r\n", "P", "\x16\x03\x01",
                            "GET / HTTP/1.1\r\n", "\r\n\r\nGET"}) {
    SCOPED_TRACE(bytes);
    ExpectMalformed(bytes);
  }
}

}  // namespace
}  // namespace cbm
