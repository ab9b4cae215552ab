#ifndef CBM_SERVER_GATE_FIELD_COUNTER_H_
#define CBM_SERVER_GATE_FIELD_COUNTER_H_

#include <cstdint>
#include <string_view>

#include "server/gate/frame_cursor.h"

namespace cbm {

// Counts the header fields of a block as HPACK writes them (RFC 7541, section 6), and nothing more:
// what they say is not decoded. Because a field of one byte can stand for one that costs its reader
// a hundred and more, and what counts those bytes counts too little.
//
// Its size does not depend on what comes. Not thread-safe.
class FieldCounter {
 public:
  // A frame of a header block begins: of a new one, unless it is a CONTINUATION.
  void Begin(const FrameHeader& frame);

  // The next bytes of that frame's payload, in pieces of any size.
  void Take(std::string_view payload);

  // Those of the block so far, one that has only begun included. A change of the table's size
  // counts as one.
  uint32_t fields() const { return fields_; }

 private:
  // What the next byte is.
  enum class Next { kPadLength, kPriority, kField, kIndex, kStringLength, kLengthGoesOn, kString };

  void TakeByte(uint8_t byte);
  void BeginField(uint8_t byte);
  void BeginString();
  void AddToLength(uint8_t byte);

  uint32_t fields_ = 0;
  uint32_t frame_left_ = 0;  // Bytes of the frame's payload, without the padding at its end.
  uint32_t priority_left_ = 0;
  Next next_ = Next::kField;
  uint32_t strings_left_ = 0;  // Of the field that is under way.
  uint64_t length_ = 0;        // Of the string that is under way: what is still to come.
  uint32_t shift_ = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_FIELD_COUNTER_H_
