#include "server/gate/proxy_header.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cbm {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

// What every header begins with: the signature, what it is, of which family, and how much follows.
constexpr size_t kFixedBytes = 16;
constexpr size_t kKindAt = 12;
constexpr size_t kFamilyAt = 13;
constexpr size_t kLengthAt = 14;

constexpr uint8_t kLocal = 0x20;  // Version 2 is in the upper half.
constexpr uint8_t kProxy = 0x21;
constexpr uint8_t kUnspecified = 0x00;
constexpr uint8_t kStreamOverIpv4 = 0x11;
constexpr uint8_t kStreamOverIpv6 = 0x21;

// Two addresses and two ports; the client's address comes first.
constexpr size_t kIpv4AddressesBytes = 12;
constexpr size_t kIpv6AddressesBytes = 36;

uint8_t ByteAt(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

size_t AddressesBytes(uint8_t family) {
  return family == kStreamOverIpv4   ? kIpv4AddressesBytes
         : family == kStreamOverIpv6 ? kIpv6AddressesBytes
                                     : 0;
}

// Whether a header could begin like this.
bool IsPossible(std::string_view bytes) {
  const std::string_view signature = bytes.substr(0, kSignature.size());
  if (signature != kSignature.substr(0, signature.size())) {
    return false;
  }
  if (bytes.size() <= kKindAt) {
    return true;
  }
  const uint8_t kind = ByteAt(bytes, kKindAt);
  if (kind == kLocal || kind != kProxy || bytes.size() <= kFamilyAt) {
    return kind == kLocal || kind == kProxy;  // The family says nothing of what is LOCAL.
  }
  const uint8_t family = ByteAt(bytes, kFamilyAt);
  return family == kUnspecified || family == kStreamOverIpv4 || family == kStreamOverIpv6;
}

Source SourceIn(uint8_t family, std::string_view addresses) {
  sockaddr_storage address{};
  if (family == kStreamOverIpv4) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address);
    ipv4.sin_family = AF_INET;
    std::memcpy(&ipv4.sin_addr, addresses.data(), sizeof(ipv4.sin_addr));
  } else if (family == kStreamOverIpv6) {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address);
    ipv6.sin6_family = AF_INET6;
    std::memcpy(&ipv6.sin6_addr, addresses.data(), sizeof(ipv6.sin6_addr));
  } else {
    return {};
  }
  return SourceOf(address);
}

}  // namespace

ProxyHeader ParseProxyHeader(std::string_view bytes) {
  if (!IsPossible(bytes)) {
    return {};
  }
  if (bytes.size() < kFixedBytes) {
    return {.state = ProxyHeader::State::kPartial, .bytes = kFixedBytes};
  }
  const size_t length =
      size_t{ByteAt(bytes, kLengthAt)} << 8U | size_t{ByteAt(bytes, kLengthAt + 1)};
  const size_t whole = kFixedBytes + length;
  const uint8_t family = ByteAt(bytes, kKindAt) == kProxy ? ByteAt(bytes, kFamilyAt) : kUnspecified;
  if (whole > kProxyHeaderBytesMax || length < AddressesBytes(family)) {
    return {};
  }
  if (bytes.size() < whole) {
    return {.state = ProxyHeader::State::kPartial, .bytes = whole};
  }
  return {.state = ProxyHeader::State::kWhole,
          .bytes = whole,
          .source = SourceIn(family, bytes.substr(kFixedBytes))};
}

}  // namespace cbm
