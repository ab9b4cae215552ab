#ifndef CBM_CORE_EVIDENCE_FIELD_COUNT_H_
#define CBM_CORE_EVIDENCE_FIELD_COUNT_H_

#include <cstddef>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/zero_copy_stream.h"

namespace cbm {

// The most fields that a message from outside may have, those of the messages in it counted too.
// The most that a legal one has is some 300: an act with 64 openings and 17 contents, or a
// manifest.
inline constexpr int kMessageFieldsMax = 4'096;

enum class FieldCount { kFew, kMany, kUnreadable };

// Whether a serialized message of `bytes` bytes, which `in` gives, has at most kMessageFieldsMax
// fields. To be asked before it is read. Because: a field that nobody knows may have two bytes, and
// takes 64 and more once it is read, so that 1 MiB took 60 MiB, and 20 ms.
//
// kUnreadable if it ends, or a message in it does, where it must not, or if it has groups, which
// nothing of ours has: it must not be read then.
FieldCount CountFields(google::protobuf::io::ZeroCopyInputStream& in, size_t bytes,
                       const google::protobuf::Descriptor& type);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_FIELD_COUNT_H_
