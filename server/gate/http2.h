#ifndef CBM_SERVER_GATE_HTTP2_H_
#define CBM_SERVER_GATE_HTTP2_H_

#include <cstdint>

namespace cbm {

// Why a connection or a call ends (RFC 9113, section 7), as far as the gate says so.
enum class Http2Error : uint32_t {
  kNoError = 0x0,
  kProtocolError = 0x1,
  kFrameSizeError = 0x6,
  kCancel = 0x8,
  kEnhanceYourCalm = 0xb,
  kInadequateSecurity = 0xc,  // The certificate is not one that may come here.
};

// Types and flags of frames (RFC 9113, section 6).
namespace http2 {

inline constexpr uint8_t kData = 0x0;
inline constexpr uint8_t kHeaders = 0x1;
inline constexpr uint8_t kPriority = 0x2;
inline constexpr uint8_t kRstStream = 0x3;
inline constexpr uint8_t kSettings = 0x4;
inline constexpr uint8_t kPushPromise = 0x5;
inline constexpr uint8_t kPing = 0x6;
inline constexpr uint8_t kGoaway = 0x7;
inline constexpr uint8_t kWindowUpdate = 0x8;
inline constexpr uint8_t kContinuation = 0x9;

inline constexpr uint8_t kAck = 0x1;
inline constexpr uint8_t kEndStream = 0x1;
inline constexpr uint8_t kEndHeaders = 0x4;
inline constexpr uint8_t kPadded = 0x8;
inline constexpr uint8_t kWithPriority = 0x20;

}  // namespace http2
}  // namespace cbm

#endif  // CBM_SERVER_GATE_HTTP2_H_
