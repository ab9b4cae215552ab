#include "server/gate/field_counter.h"

#include <algorithm>
#include <limits>

#include "server/gate/http2.h"

namespace cbm {
namespace {

constexpr uint32_t kPriorityBytes = 5;

constexpr uint8_t kMore = 0x80;  // Of a byte of an integer that goes on.
constexpr uint32_t kShiftMax = 28;

// The first byte of an integer goes on if all its bits of the integer are set.
bool GoesOn(uint8_t byte, uint8_t bits) { return (byte & bits) == bits; }

}  // namespace

void FieldCounter::Begin(const FrameHeader& frame) {
  const bool is_new = frame.type == http2::kHeaders;
  if (is_new) {
    fields_ = 0;
  }
  // What stands before the fields is of one frame: it does not go on in the next.
  if (is_new || next_ == Next::kPadLength || next_ == Next::kPriority) {
    next_ = Next::kField;
  }
  frame_left_ = frame.length;
  priority_left_ = is_new && (frame.flags & http2::kWithPriority) != 0 ? kPriorityBytes : 0;
  if (is_new && (frame.flags & http2::kPadded) != 0) {
    next_ = Next::kPadLength;
  } else if (priority_left_ > 0) {
    next_ = Next::kPriority;
  }
}

void FieldCounter::Take(std::string_view payload) {
  while (!payload.empty() && frame_left_ > 0) {
    size_t taken = 1;
    if (next_ == Next::kString) {
      taken =
          static_cast<size_t>(std::min({length_, uint64_t{frame_left_}, uint64_t{payload.size()}}));
      length_ -= taken;
    }
    frame_left_ -= static_cast<uint32_t>(taken);
    if (next_ != Next::kString) {
      TakeByte(static_cast<uint8_t>(payload.front()));
    } else if (length_ == 0) {
      BeginString();
    }
    payload.remove_prefix(taken);
  }
}

void FieldCounter::TakeByte(uint8_t byte) {
  switch (next_) {
    case Next::kPadLength:
      frame_left_ -= std::min<uint32_t>(byte, frame_left_);
      next_ = priority_left_ > 0 ? Next::kPriority : Next::kField;
      return;
    case Next::kPriority:
      next_ = --priority_left_ > 0 ? Next::kPriority : Next::kField;
      return;
    case Next::kField:
      BeginField(byte);
      return;
    case Next::kIndex:
      if ((byte & kMore) == 0) {
        BeginString();
      }
      return;
    case Next::kStringLength:
      length_ = byte & 0x7fU;
      shift_ = 0;
      if (GoesOn(byte, 0x7f)) {
        next_ = Next::kLengthGoesOn;
        return;
      }
      next_ = Next::kString;
      break;
    case Next::kLengthGoesOn:
      AddToLength(byte);
      if ((byte & kMore) != 0) {
        return;
      }
      next_ = Next::kString;
      break;
    case Next::kString:
      break;
  }
  if (length_ == 0) {
    BeginString();
  }
}

void FieldCounter::BeginField(uint8_t byte) {
  ++fields_;
  uint8_t bits = 0x0f;  // A literal that is not for the table.
  strings_left_ = 1;
  if ((byte & 0x80U) != 0) {
    bits = 0x7f;  // Of the table, whole.
    strings_left_ = 0;
  } else if ((byte & 0x40U) != 0) {
    bits = 0x3f;  // A literal for the table.
  } else if ((byte & 0x20U) != 0) {
    bits = 0x1f;  // No field: the table's size.
    strings_left_ = 0;
  }
  if (strings_left_ > 0 && (byte & bits) == 0) {
    strings_left_ = 2;  // The name is written out too.
  }
  if (GoesOn(byte, bits)) {
    next_ = Next::kIndex;
  } else {
    BeginString();
  }
}

void FieldCounter::BeginString() {
  next_ = Next::kField;
  if (strings_left_ > 0) {
    --strings_left_;
    next_ = Next::kStringLength;
  }
}

// More than there can be in a block is as much as any.
void FieldCounter::AddToLength(uint8_t byte) {
  const uint64_t bits = byte & 0x7fU;
  if (shift_ <= kShiftMax) {
    length_ += bits << shift_;
    shift_ += 7;
  } else if (bits != 0) {
    length_ = std::numeric_limits<uint64_t>::max();
  }
}

}  // namespace cbm
