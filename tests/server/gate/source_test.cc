// What an address counts for: the same for all that one host has, and the network around it.

#include "server/gate/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "gtest/gtest.h"

namespace cbm {
namespace {

Source SourceOfText(int family, const char* text) {
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  void* const to = family == AF_INET
                       ? static_cast<void*>(&reinterpret_cast<sockaddr_in&>(address).sin_addr)
                       : static_cast<void*>(&reinterpret_cast<sockaddr_in6&>(address).sin6_addr);
  EXPECT_EQ(::inet_pton(family, text, to), 1);
  return SourceOf(address);
}

TEST(Source, IsTheAddressOrTheNetworkOfOneHost) {
  EXPECT_EQ(SourceOfText(AF_INET, "192.0.2.7").name, "192.0.2.7");
  EXPECT_EQ(SourceOfText(AF_INET6, "2001:db8:1:2:3:4:5:6").name, "2001:db8:1:2::/64");
  EXPECT_EQ(SourceOfText(AF_INET6, "2001:db8:1:2:ffff::1").name, "2001:db8:1:2::/64");
}

TEST(Source, HasTheNetworkThatOneSiteIsGiven) {
  EXPECT_EQ(SourceOfText(AF_INET, "192.0.2.7").network, "192.0.2.0/24");
  EXPECT_EQ(SourceOfText(AF_INET6, "2001:db8:1:2:3:4:5:6").network, "2001:db8:1::/48");
  EXPECT_EQ(SourceOfText(AF_INET6, "2001:db8:1:ffff::1").network, "2001:db8:1::/48");
}

TEST(Source, IsTheSameWhereIpv6CarriesIpv4) {
  EXPECT_EQ(SourceOfText(AF_INET6, "::ffff:192.0.2.7"), SourceOfText(AF_INET, "192.0.2.7"));
}

TEST(Source, IsOneForAllOtherFamilies) {
  sockaddr_storage address{};
  address.ss_family = AF_UNIX;
  EXPECT_EQ(SourceOf(address), (Source{.name = "elsewhere", .network = "elsewhere"}));
}

}  // namespace
}  // namespace cbm
