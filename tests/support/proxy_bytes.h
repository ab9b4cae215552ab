#ifndef CBM_TESTS_SUPPORT_PROXY_BYTES_H_
#define CBM_TESTS_SUPPORT_PROXY_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cbm::test {

// What a PROXY header of version 2 may say it is, and of which family.
inline constexpr uint8_t kProxyLocal = 0x20;
inline constexpr uint8_t kProxyProxy = 0x21;
inline constexpr uint8_t kProxyUnspecified = 0x00;
inline constexpr uint8_t kProxyIpv4 = 0x11;
inline constexpr uint8_t kProxyIpv6 = 0x21;

// A header of that kind and family, whose addresses, and what follows them, are `rest`.
std::string ProxyBytes(uint8_t kind, uint8_t family, std::string_view rest);

// That of a client at `address`, a literal one of IPv4 or IPv6; `more` follows the addresses.
std::string ProxyBytesOf(const std::string& address, std::string_view more = "");

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_PROXY_BYTES_H_
