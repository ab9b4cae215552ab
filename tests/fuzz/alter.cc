#include "tests/fuzz/alter.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

namespace cbm::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Beyond 2 MiB a request is no message (server/program/grpc_server.cc), and who sends 4 MB may lose
// the connection: four alterations stay below.
constexpr size_t kBytesMax = size_t{256} * 1024;

struct Place {
  Message* message;
  const FieldDescriptor* field;
};

// Every field of a message and of those that it has.
void AddPlaces(Message& message, std::vector<Place>& places) {
  const auto& reflection = *message.GetReflection();
  const auto& descriptor = *message.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* const field = descriptor.field(i);
    places.push_back({&message, field});
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field->is_repeated()) {
      if (reflection.HasField(message, field)) {
        AddPlaces(*reflection.MutableMessage(&message, field), places);
      }
      continue;
    }
    for (int k = 0; k < reflection.FieldSize(message, field); ++k) {
      AddPlaces(*reflection.MutableRepeatedMessage(&message, field, k), places);
    }
  }
}

int64_t NumberFor(int64_t before, uint8_t what, absl::Time now) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  const int64_t values[] = {0,
                            1,
                            2,
                            before + 1,
                            before - 1,
                            -1,
                            before + what,
                            before - what,
                            seconds,
                            seconds + 60 * what,
                            seconds - 60 * what,
                            seconds + 86400 * what,
                            999'999'999,
                            1'000'000'000,
                            253'402'300'799,
                            253'402'300'800,
                            -62'135'596'801,
                            std::numeric_limits<int32_t>::max(),
                            std::numeric_limits<int32_t>::min(),
                            std::numeric_limits<uint32_t>::max(),
                            std::numeric_limits<int64_t>::max(),
                            std::numeric_limits<int64_t>::min()};
  return values[what % std::size(values)];
}

std::string TextFor(std::string before, const Alteration& alteration,
                    const std::vector<std::string>& words) {
  const size_t what = alteration.what;
  switch (alteration.how / 8 % 8) {
    case 0:
    case 1:
      return words.empty() ? "" : words[what % words.size()];
    case 2:
      return "";
    case 3:
      return before.substr(0, before.size() * what / 256);
    case 4:
      return before + (words.empty() ? "x" : words[what % words.size()]);
    case 5:
      return std::string(what * 80, static_cast<char>('a' + what % 26));
    case 6:
      return before + static_cast<char>(what);
    default:
      if (!before.empty()) {
        char& byte = before[(alteration.where * size_t{31} + what) % before.size()];
        byte = static_cast<char>(byte ^ (1 << what % 8));
      }
      return before;
  }
}

int EnumFor(const FieldDescriptor& field, uint8_t what) {
  const int count = field.enum_type()->value_count();
  const int at = what % (count + 1);
  return at == count ? 99 : field.enum_type()->value(at)->number();
}

void SetOne(const Place& place, const Alteration& alteration, const Words& words) {
  auto& [message, field] = place;
  const auto& reflection = *message->GetReflection();
  const auto number = [&](auto before) {
    return NumberFor(static_cast<int64_t>(before), alteration.what, words.now);
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      reflection.SetInt32(message, field,
                          static_cast<int32_t>(number(reflection.GetInt32(*message, field))));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      reflection.SetInt64(message, field, number(reflection.GetInt64(*message, field)));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection.SetUInt32(message, field,
                           static_cast<uint32_t>(number(reflection.GetUInt32(*message, field))));
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      reflection.SetUInt64(message, field,
                           static_cast<uint64_t>(number(reflection.GetUInt64(*message, field))));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      reflection.SetEnumValue(message, field, EnumFor(*field, alteration.what));
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(
          message, field,
          TextFor(reflection.GetString(*message, field), alteration,
                  field->type() == FieldDescriptor::TYPE_BYTES ? words.bytes : words.strings));
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      reflection.MutableMessage(message, field);
      break;
    default:
      break;
  }
}

// One more, a copy of one that there is or made of the words.
void AddOne(const Place& place, const Alteration& alteration, const Words& words) {
  auto& [message, field] = place;
  const auto& reflection = *message->GetReflection();
  const int size = reflection.FieldSize(*message, field);
  const int like = size == 0 ? 0 : alteration.what % size;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message& added = *reflection.AddMessage(message, field);
      if (size > 0) {
        added.CopyFrom(reflection.GetRepeatedMessage(*message, field, like));
      }
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.AddString(
          message, field,
          TextFor(size == 0 ? "" : reflection.GetRepeatedString(*message, field, like), alteration,
                  field->type() == FieldDescriptor::TYPE_BYTES ? words.bytes : words.strings));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      reflection.AddEnumValue(message, field, EnumFor(*field, alteration.what));
      break;
    default:
      break;
  }
}

void AlterRepeated(const Place& place, const Alteration& alteration, const Words& words) {
  auto& [message, field] = place;
  const auto& reflection = *message->GetReflection();
  const int size = reflection.FieldSize(*message, field);
  switch (alteration.how % 8) {
    case 0:
      reflection.ClearField(message, field);
      break;
    case 1:
    case 2:
      if (size > 0) {
        reflection.SwapElements(message, field, alteration.what % size, size - 1);
        reflection.RemoveLast(message, field);
      }
      break;
    case 3:
      if (size > 1) {
        reflection.SwapElements(message, field, alteration.what % size,
                                (alteration.what + 1) % size);
      }
      break;
    case 4:
      for (int i = 0; i < alteration.what && message->ByteSizeLong() < kBytesMax; ++i) {
        AddOne(place, alteration, words);
      }
      break;
    default:
      AddOne(place, alteration, words);
  }
}

}  // namespace

void Alter(std::span<Message* const> messages, const Alteration& alteration, const Words& words) {
  std::vector<Place> places;
  for (Message* const message : messages) {
    AddPlaces(*message, places);
  }
  if (places.empty()) {
    return;
  }
  // Of all bytes of an alteration, so that to change any of them may lead elsewhere.
  const size_t where = alteration.where + alteration.how * size_t{31} + alteration.what * size_t{7};
  const Place& place = places[where % places.size()];
  if (place.field->is_repeated()) {
    AlterRepeated(place, alteration, words);
  } else if (alteration.how % 8 == 0) {
    place.message->GetReflection()->ClearField(place.message, place.field);
  } else {
    SetOne(place, alteration, words);
  }
}

}  // namespace cbm::fuzz
