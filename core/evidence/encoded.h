#ifndef CBM_CORE_EVIDENCE_ENCODED_H_
#define CBM_CORE_EVIDENCE_ENCODED_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/crypto/cms_signature.h"  // For kSignatureBytesMax.
#include "core/crypto/digest.h"

namespace cbm {

inline constexpr size_t kActBytesMax = size_t{16} * 1024;
inline constexpr size_t kEntryBytesMax = size_t{64} * 1024 - 1;

// An act: the bytes that were signed, and what they parse to. The bytes are never made again.
struct EncodedAct {
  std::string bytes;
  std::string signature;
  v1::Act act;
  Digest digest;            // SHA-256 of bytes.
  Digest signature_digest;  // SHA-256 of signature.

  // Takes an act that comes in. INVALID_ARGUMENT if it is longer than `bytes_max`, or its signature
  // than 4 KiB, does not parse, has unknown fields or enum values at any depth, or is not the
  // deterministic serialization of what it parses to. Does not verify the signature, nor what the
  // fields say.
  static absl::StatusOr<EncodedAct> Accept(std::string bytes, std::string signature,
                                           size_t bytes_max = kActBytesMax);

  // Reads an act that was logged: unknown fields are kept, so that acts of a later version can be
  // shown and verified. DATA_LOSS if it does not parse, or it or its signature is too long.
  static absl::StatusOr<EncodedAct> Read(std::string bytes, std::string signature);
};

// Whether a logged act has fields or enum values that this version does not know.
bool HasUnknownParts(const v1::Act& act);

// Whether a logged act can be of the kind that its entry names. Of an act of a kind that is not
// known here nothing can be told but that it is of no kind that is.
bool MayBeOfKind(const v1::Act& act, v1::ActKind kind);

// An entry: the bytes that were hashed, and what they parse to.
struct EncodedEntry {
  std::string bytes;
  v1::Entry entry;
  Digest leaf_hash;  // SHA-256(0x00 || bytes).

  // Serializes an entry, once. INTERNAL if it would have 64 KiB or more.
  static absl::StatusOr<EncodedEntry> Create(v1::Entry entry);

  // Reads an entry that was logged: unknown fields are kept. DATA_LOSS if it does not parse or is
  // too long.
  static absl::StatusOr<EncodedEntry> Read(std::string bytes);
};

// The bytes of `message`, always the same for the same message: fields in the order of their
// numbers.
std::string SerializeDeterministically(const google::protobuf::MessageLite& message);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_ENCODED_H_
