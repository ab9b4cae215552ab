#ifndef CBM_SERVER_GATE_SOURCE_H_
#define CBM_SERVER_GATE_SOURCE_H_

#include <sys/socket.h>

#include <string>

namespace cbm {

// What the address of a peer counts for, where bounds are shared out before anybody has shown who
// he is. Both are empty where nobody knows the address.
struct Source {
  // An IPv4 address, or the first 64 bits of an IPv6 one, since one host has all the rest.
  std::string name;

  // What one who is not many gets at the most: the first 24 bits of an IPv4 address, since networks
  // are routed no smaller, and who rents servers has some of one; the first 48 of an IPv6 one,
  // since a site is given up to so much, and with it 65,536 names.
  std::string network;

  friend bool operator==(const Source&, const Source&) = default;
};

// IPv4 is the same where IPv6 carries it.
Source SourceOf(const sockaddr_storage& address);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_SOURCE_H_
