#include "server/gate/private_pair.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "fmt/format.h"

namespace cbm {

absl::StatusOr<PrivatePair> MakePrivatePair(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A leading zero makes the name abstract: it is in no folder, and ends with the socket.
  if (name.empty() || name.size() > sizeof(address.sun_path) - 1) {
    return absl::InvalidArgumentError("the name of a private connection has 1 to 107 bytes");
  }
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return absl::ResourceExhaustedError(
        fmt::format("no private connection can be made: {}", std::strerror(errno)));
  }
  PrivatePair pair{.gate = Descriptor(ends[0]), .server = Descriptor(ends[1])};
  const size_t size = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  if (::bind(pair.gate.get(), reinterpret_cast<const sockaddr*>(&address),
             static_cast<socklen_t>(size)) != 0) {
    return absl::AlreadyExistsError(
        fmt::format("a private connection cannot be named: {}", std::strerror(errno)));
  }
  return pair;
}

}  // namespace cbm
