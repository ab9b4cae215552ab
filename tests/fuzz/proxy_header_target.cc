// What comes from a balancer's address before TLS: it is read once, whole or not at all, however
// the bytes come in pieces, and says nothing but a source.

#include "server/gate/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>

#include "server/gate/source.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/proxy_bytes.h"

namespace cbm::fuzz {
namespace {

using State = ProxyHeader::State;

bool AreSame(const ProxyHeader& a, const ProxyHeader& b) {
  return a.state == b.state && a.bytes == b.bytes && a.source == b.source;
}

// What is known when pieces of `size`, never more than is wanted, have come: the first that is not
// kPartial, or the last.
ProxyHeader InPieces(std::string_view bytes, size_t size) {
  size_t seen = 0;
  ProxyHeader header = ParseProxyHeader("");
  while (header.state == State::kPartial && seen < bytes.size()) {
    Expect(header.bytes > seen && header.bytes <= kProxyHeaderBytesMax,
           "more is wanted than there is, and never more than its bound");
    seen = std::min({header.bytes, bytes.size(), seen + size});
    header = ParseProxyHeader(bytes.substr(0, seen));
  }
  if (header.state == State::kWhole) {
    Expect(header.bytes == seen, "nothing was asked for beyond its end");
  }
  return header;
}

// Whether an address of that source has this very source.
bool IsSource(const Source& source) {
  sockaddr_storage address{};
  if (const size_t slash = source.name.find('/'); slash != std::string::npos) {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address);
    ipv6.sin6_family = AF_INET6;
    return ::inet_pton(AF_INET6, source.name.substr(0, slash).c_str(), &ipv6.sin6_addr) == 1 &&
           SourceOf(address) == source;
  }
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(address);
  ipv4.sin_family = AF_INET;
  return ::inet_pton(AF_INET, source.name.c_str(), &ipv4.sin_addr) == 1 &&
         SourceOf(address) == source;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {test::ProxyBytesOf("192.0.2.7") + "\x16\x03\x01",
          test::ProxyBytesOf("2001:db8::7", "\x04\x00\x01x"),
          test::ProxyBytesOf("::ffff:192.0.2.7"),
          test::ProxyBytes(test::kProxyLocal, test::kProxyUnspecified, ""),
          test::ProxyBytes(test::kProxyProxy, test::kProxyUnspecified, "\x04\x00\x01x")};
}

void TestOne(std::string_view input) {
  const ProxyHeader header = ParseProxyHeader(input);
  for (const size_t size : {size_t{1}, size_t{7}, size_t{1'000}}) {
    const ProxyHeader pieces = InPieces(input, size);
    Expect(AreSame(pieces, header), "pieces make no difference");
  }
  Expect(header.bytes <= kProxyHeaderBytesMax, "it is never longer than its bound");
  Expect((header.state == State::kMalformed) == (header.bytes == 0), "what is none has no bytes");
  if (header.state == State::kWhole) {
    Expect(header.bytes <= input.size(), "what is whole was seen");
    Expect(AreSame(ParseProxyHeader(input.substr(0, header.bytes)), header),
           "what follows it says nothing");
    Expect(header.source == Source() || IsSource(header.source), "its source is one");
  } else {
    Expect(header.source == Source(), "what is not whole says nothing");
  }
}

int Mutations() { return 300'000; }

}  // namespace cbm::fuzz
