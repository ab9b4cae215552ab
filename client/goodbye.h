#ifndef CBM_CLIENT_GOODBYE_H_
#define CBM_CLIENT_GOODBYE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cbm {

// How much of a server's reason is shown.
inline constexpr size_t kReasonBytesMax = 500;

// HTTP/2's code for a client whose certificate will not do (RFC 9113, section 7).
inline constexpr uint32_t kInadequateSecurity = 0xc;

// What a server says when it takes nothing more over a connection: a GOAWAY (RFC 9113, section
// 6.8).
struct Goodbye {
  uint32_t error = 0;  // HTTP/2's code; 0 if nobody did anything wrong.
  std::string reason;  // On one line, and clean; empty if it gives none.
};

// The first GOAWAY among the frames at the beginning of `bytes`, which are a server's; nothing if
// there is none, or it is cut off before its code. Of its reason as much as is there, and at most
// kReasonBytesMax.
std::optional<Goodbye> FindGoodbye(std::string_view bytes);

}  // namespace cbm

#endif  // CBM_CLIENT_GOODBYE_H_
