#include "tests/support/proxy_bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdlib>

namespace cbm::test {

std::string ProxyBytes(uint8_t kind, uint8_t family, std::string_view rest) {
  std::string bytes("\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A", 12);
  for (const size_t byte : {size_t{kind}, size_t{family}, rest.size() >> 8U, rest.size()}) {
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes + std::string(rest);
}

std::string ProxyBytesOf(const std::string& address, std::string_view more) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  std::string addresses(is_ipv6 ? 32 : 8, '\x01');  // The balancer's own comes second.
  if (::inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address.c_str(), addresses.data()) != 1) {
    std::abort();
  }
  const std::string ports = "\xC0\x01\x1D\x13";
  return ProxyBytes(kProxyProxy, is_ipv6 ? kProxyIpv6 : kProxyIpv4,
                    addresses + ports + std::string(more));
}

}  // namespace cbm::test
