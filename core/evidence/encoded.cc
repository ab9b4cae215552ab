#include "core/evidence/encoded.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"

namespace cbm {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

// Signed messages nest less deep, and none contains itself: a message that does is not known.
constexpr int kDepthMax = 16;

bool HasUnknownValue(const Message& message, const Reflection& reflection,
                     const FieldDescriptor& field) {
  if (!field.is_repeated()) {
    return field.enum_type()->FindValueByNumber(reflection.GetEnumValue(message, &field)) ==
           nullptr;
  }
  const int count = reflection.FieldSize(message, &field);
  for (int i = 0; i < count; ++i) {
    const int value = reflection.GetRepeatedEnumValue(message, &field, i);
    if (field.enum_type()->FindValueByNumber(value) == nullptr) {
      return true;
    }
  }
  return false;
}

bool HasUnknownParts(const Message& message, int depth_left) {
  const Reflection& reflection = *message.GetReflection();
  if (depth_left == 0 || !reflection.GetUnknownFields(message).empty()) {
    return true;
  }
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      if (HasUnknownValue(message, reflection, *field)) {
        return true;
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        if (HasUnknownParts(reflection.GetMessage(message, field), depth_left - 1)) {
          return true;
        }
        continue;
      }
      const int count = reflection.FieldSize(message, field);
      for (int i = 0; i < count; ++i) {
        if (HasUnknownParts(reflection.GetRepeatedMessage(message, field, i), depth_left - 1)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool IsCanonical(std::string_view bytes, const v1::Act& act) {
  if (act.ByteSizeLong() != bytes.size()) {
    return false;
  }
  // On the stack: this is done for every act that comes in.
  std::array<char, kActBytesMax> again;
  {
    google::protobuf::io::ArrayOutputStream array(again.data(), static_cast<int>(again.size()));
    google::protobuf::io::CodedOutputStream output(&array);
    output.SetSerializationDeterministic(true);
    act.SerializeWithCachedSizes(&output);
    if (output.HadError()) {
      return false;
    }
  }
  return std::string_view(again.data(), bytes.size()) == bytes;
}

absl::Status CheckSizes(std::string_view bytes, std::string_view signature, size_t bytes_max) {
  if (bytes.size() > bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("act has {} bytes; at most {} are allowed", bytes.size(), bytes_max));
  }
  if (signature.size() > kSignatureBytesMax) {
    return absl::InvalidArgumentError(fmt::format("signature has {} bytes; at most {} are allowed",
                                                  signature.size(), kSignatureBytesMax));
  }
  return absl::OkStatus();
}

// Of bytes that parsed into `act`.
EncodedAct Encoded(std::string bytes, std::string signature, v1::Act act) {
  const Digest digest = Sha256(bytes);
  const Digest signature_digest = Sha256(signature);
  return {.bytes = std::move(bytes),
          .signature = std::move(signature),
          .act = std::move(act),
          .digest = digest,
          .signature_digest = signature_digest};
}

}  // namespace

absl::StatusOr<EncodedAct> EncodedAct::Accept(std::string bytes, std::string signature,
                                              size_t bytes_max) {
  if (absl::Status status = CheckSizes(bytes, signature, std::min(bytes_max, kActBytesMax));
      !status.ok()) {
    return status;
  }
  v1::Act act;
  if (!act.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("act does not parse as cbm.v1.Act");
  }
  if (HasUnknownParts(act)) {
    return absl::InvalidArgumentError(
        "act has a field or an enum value that this version of the exchange does not know");
  }
  if (!IsCanonical(bytes, act)) {
    return absl::InvalidArgumentError(
        "act is not serialized deterministically: fields must stand in the order of their numbers, "
        "once, in their shortest form, and defaults must be left out");
  }
  return Encoded(std::move(bytes), std::move(signature), std::move(act));
}

absl::StatusOr<EncodedAct> EncodedAct::Read(std::string bytes, std::string signature) {
  if (const absl::Status status = CheckSizes(bytes, signature, kActBytesMax); !status.ok()) {
    return absl::DataLossError(status.message());
  }
  v1::Act act;
  if (!act.ParseFromString(bytes)) {
    return absl::DataLossError("act does not parse as cbm.v1.Act");
  }
  return Encoded(std::move(bytes), std::move(signature), std::move(act));
}

bool HasUnknownParts(const v1::Act& act) { return HasUnknownParts(act, kDepthMax); }

bool MayBeOfKind(const v1::Act& act, v1::ActKind kind) {
  if (act.kind_case() == v1::Act::KIND_NOT_SET) {
    return !v1::ActKind_IsValid(kind);
  }
  return static_cast<int>(act.kind_case()) == static_cast<int>(kind);
}

absl::StatusOr<EncodedEntry> EncodedEntry::Create(v1::Entry entry) {
  std::string bytes = SerializeDeterministically(entry);
  if (bytes.size() > kEntryBytesMax) {
    return absl::InternalError(
        fmt::format("entry has {} bytes; at most {} are allowed", bytes.size(), kEntryBytesMax));
  }
  const Digest leaf_hash = LeafHash(bytes);
  return EncodedEntry{.bytes = std::move(bytes), .entry = std::move(entry), .leaf_hash = leaf_hash};
}

absl::StatusOr<EncodedEntry> EncodedEntry::Read(std::string bytes) {
  if (bytes.size() > kEntryBytesMax) {
    return absl::DataLossError(
        fmt::format("entry has {} bytes; at most {} are allowed", bytes.size(), kEntryBytesMax));
  }
  v1::Entry entry;
  if (!entry.ParseFromString(bytes)) {
    return absl::DataLossError("entry does not parse as cbm.v1.Entry");
  }
  const Digest leaf_hash = LeafHash(bytes);
  return EncodedEntry{.bytes = std::move(bytes), .entry = std::move(entry), .leaf_hash = leaf_hash};
}

std::string SerializeDeterministically(const google::protobuf::MessageLite& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream string(&bytes);
  {
    google::protobuf::io::CodedOutputStream output(&string);
    output.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&output);
  }
  return bytes;
}

}  // namespace cbm
