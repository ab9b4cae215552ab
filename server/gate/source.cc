#include "server/gate/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kIpv4NetworkBytes = 3;
constexpr size_t kIpv6NameBytes = 8;
constexpr size_t kIpv6NetworkBytes = 6;

std::string Text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, address, text.data(), text.size());
}

// The network that the first bytes of an address make.
template <typename Address>
std::string Prefix(int family, const Address& address, size_t bytes) {
  Address network{};
  std::memcpy(&network, &address, bytes);
  return fmt::format("{}/{}", Text(family, &network), 8 * bytes);
}

Source OfIpv4(const in_addr& address) {
  return {.name = Text(AF_INET, &address), .network = Prefix(AF_INET, address, kIpv4NetworkBytes)};
}

}  // namespace

Source SourceOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return OfIpv4(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  }
  if (address.ss_family != AF_INET6) {
    return {.name = "elsewhere", .network = "elsewhere"};
  }
  const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&ipv6)) {
    in_addr ipv4{};
    std::memcpy(&ipv4, &ipv6.s6_addr[12], sizeof(ipv4));
    return OfIpv4(ipv4);
  }
  return {.name = Prefix(AF_INET6, ipv6, kIpv6NameBytes),
          .network = Prefix(AF_INET6, ipv6, kIpv6NetworkBytes)};
}

}  // namespace cbm
