#ifndef CBM_TESTS_SUPPORT_RAW_CALLS_H_
#define CBM_TESTS_SUPPORT_RAW_CALLS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cbm::test {

// A frame of HTTP/2 (RFC 9113, section 4.1) for a stream below 256.
std::string FrameOn(uint8_t stream, uint8_t type, uint8_t flags, std::string_view payload);

// A unary call as gRPC sends it, of at most 16 KiB: its path, such as
// "/cbm.v1.ActService/PerformAct", its request, serialized, and its deadline as gRPC writes it.
std::string CallOf(uint8_t stream, std::string_view path, std::string_view request,
                   std::string_view deadline = "30S");

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_RAW_CALLS_H_
