#include "server/store/kept_entries.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "cbm/v1/entry.pb.h"
#include "core/evidence/encoded.h"
#include "server/store/sum.h"

namespace cbm {
namespace {

// Behind the sum stand the fields of all entries, each once, in the order of first use; then for
// each entry its ledger, its ordinal, and the numbers of its fields. Numbers are as in protobuf,
// and what is not of one length begins with it.

using Fields = absl::InlinedVector<std::string_view, 32>;  // On the stack, of most acts.

constexpr unsigned kBits = 7;
constexpr unsigned kMore = 1U << kBits;
constexpr unsigned kNumberBits = 64;
constexpr size_t kOrdinalBytesMax = 11;
// How a field of protobuf begins: its number, and in the last three bits what follows. An entry has
// numbers and texts alone.
constexpr unsigned kTypeBits = 3;
constexpr uint64_t kTypes = 1U << kTypeBits;
constexpr uint64_t kIsNumber = 0;
constexpr uint64_t kIsText = 2;

void Put(uint64_t number, std::string& bytes) {
  for (; number >= kMore; number >>= kBits) {
    bytes.push_back(static_cast<char>((number % kMore) | kMore));
  }
  bytes.push_back(static_cast<char>(number));
}

void Put(std::string_view text, std::string& bytes) {
  Put(text.size(), bytes);
  bytes += text;
}

// False if the bytes end within a number, or it is too large.
bool Take(std::string_view& bytes, uint64_t& number) {
  number = 0;
  if (!bytes.empty() && static_cast<unsigned char>(bytes.front()) < kMore) {  // As most are.
    number = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    return true;
  }
  for (unsigned shift = 0; shift < kNumberBits && !bytes.empty(); shift += kBits) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    const uint64_t part = byte % kMore;
    bytes.remove_prefix(1);
    number |= part << shift;
    if (byte < kMore) {
      return (part << shift) >> shift == part;
    }
  }
  return false;
}

// False if they end within a text, too.
bool Take(std::string_view& bytes, std::string_view& text) {
  uint64_t size = 0;
  if (!Take(bytes, size) || size > bytes.size()) {
    return false;
  }
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

// A field: how it begins, and what follows.
struct Field {
  uint64_t tag = 0;
  uint64_t number = 0;
  std::string_view text;
};

bool Take(std::string_view& bytes, Field& field) {
  return Take(bytes, field.tag) &&
         ((field.tag % kTypes == kIsNumber && Take(bytes, field.number)) ||
          (field.tag % kTypes == kIsText && Take(bytes, field.text)));
}

// The fields that `bytes` consist of.
std::optional<Fields> Divide(std::string_view bytes) {
  Fields fields;
  while (!bytes.empty()) {
    const std::string_view from_here = bytes;
    Field field;
    if (!Take(bytes, field)) {
      return std::nullopt;
    }
    fields.push_back(from_here.substr(0, from_here.size() - bytes.size()));
  }
  return fields;
}

// What an entry at `ordinal` begins with, with room for `more` bytes.
std::string BeginningAt(uint64_t ordinal, std::string_view ledgers, size_t more = 0) {
  std::string bytes;
  bytes.reserve(ledgers.size() + kOrdinalBytesMax + more);
  bytes += ledgers;
  if (ordinal != 0) {  // As protobuf has it.
    Put(uint64_t{v1::Entry::kOrdinalFieldNumber} << kTypeBits, bytes);
    Put(ordinal, bytes);
  }
  return bytes;
}

// A kept entry: where it stands, and the numbers of its fields.
struct Kept {
  Place place;
  std::string_view numbers;
};

bool Take(std::string_view& bytes, Kept& entry) {
  uint64_t ledger = 0;
  if (!Take(bytes, ledger) || !Take(bytes, entry.place.ordinal) || !Take(bytes, entry.numbers)) {
    return false;
  }
  entry.place.ledger = static_cast<int64_t>(ledger);
  return entry.place.ledger >= 0;
}

// The whole entry, whose ledger's entries begin so.
std::optional<std::string> Assemble(Kept entry, const Fields& fields, std::string_view ledgers) {
  constexpr size_t kUsual = 512;
  std::string bytes = BeginningAt(entry.place.ordinal, ledgers, kUsual);
  while (!entry.numbers.empty()) {
    uint64_t number = 0;
    if (!Take(entry.numbers, number) || number >= fields.size() ||
        bytes.size() + fields[number].size() > kEntryBytesMax) {
      return std::nullopt;
    }
    bytes += fields[number];
  }
  return bytes;
}

// The fields of kept entries, and behind them the entries, of which there is one at least.
struct Opened {
  std::string_view fields;
  std::string_view entries;
};

std::optional<Opened> Open(std::string_view kept) {
  const std::optional<std::string_view> rest = WithoutSum(kept);
  Opened opened;
  if (!rest.has_value()) {
    return std::nullopt;
  }
  opened.entries = *rest;
  return Take(opened.entries, opened.fields) && !opened.entries.empty() ? std::optional(opened)
                                                                        : std::nullopt;
}

absl::Status CannotBeRead() {
  return absl::DataLossError("the entries of an act are not as they were kept");
}

// Whether `kept` has these entries in this order, byte by byte, each at a place of its own.
bool HasAll(std::string_view kept, std::span<const PlacedEntry> entries) {
  std::optional<Opened> opened = Open(kept);
  const std::optional<Fields> fields = opened.has_value() ? Divide(opened->fields) : std::nullopt;
  std::set<std::pair<int64_t, uint64_t>> places;
  return fields.has_value() &&
         std::all_of(entries.begin(), entries.end(),
                     [&](const PlacedEntry& entry) {
                       Kept there;
                       return Take(opened->entries, there) && there.place == entry.place &&
                              places.emplace(there.place.ledger, there.place.ordinal).second &&
                              Assemble(there, *fields, *WithoutSum(entry.beginning)) == entry.bytes;
                     }) &&
         opened->entries.empty();
}

}  // namespace

std::string KeepBeginning(std::string_view exchange_id, const LedgerId& ledger) {
  v1::Entry entry;
  entry.set_purpose("cbm.v1/entry");
  entry.set_version(1);
  entry.set_exchange_id(std::string(exchange_id));
  entry.set_ledger(ledger.text());
  return WithSum(SerializeDeterministically(entry));
}

absl::StatusOr<std::string> KeepEntries(std::span<const PlacedEntry> entries) {
  std::string fields;
  std::unordered_map<std::string_view, uint64_t> numbers;
  std::string places;
  for (const PlacedEntry& entry : entries) {
    const std::optional<std::string_view> ledgers = WithoutSum(entry.beginning);
    if (!ledgers.has_value()) {
      return absl::InternalError("what the entries of a ledger begin with is not as it was kept");
    }
    const std::string beginning = BeginningAt(entry.place.ordinal, *ledgers);
    const std::optional<Fields> own = entry.bytes.starts_with(beginning)
                                          ? Divide(entry.bytes.substr(beginning.size()))
                                          : std::nullopt;
    if (!own.has_value()) {
      return absl::InternalError("an entry does not begin as those of its ledger do");
    }
    std::string of_entry;
    for (const std::string_view field : *own) {
      const auto [at, is_new] = numbers.emplace(field, numbers.size());
      fields += is_new ? field : std::string_view();
      Put(at->second, of_entry);
    }
    Put(static_cast<uint64_t>(entry.place.ledger), places);
    Put(entry.place.ordinal, places);
    Put(of_entry, places);
  }
  std::string rest;
  Put(fields, rest);
  std::string kept = WithSum(rest.append(places));
  if (!HasAll(kept, entries)) {
    return absl::InternalError("the entries of an act cannot be kept");
  }
  return kept;
}

absl::StatusOr<std::vector<Place>> PlacesOf(std::string_view kept) {
  std::optional<Opened> opened = Open(kept);
  if (!opened.has_value()) {
    return CannotBeRead();
  }
  std::vector<Place> places;
  while (!opened->entries.empty()) {
    Kept entry;
    if (!Take(opened->entries, entry)) {
      return CannotBeRead();
    }
    places.push_back(entry.place);
  }
  return places;
}

absl::StatusOr<std::string> EntryAt(std::string_view kept, const Place& place,
                                    std::string_view beginning) {
  std::optional<Opened> opened = Open(kept);
  const std::optional<std::string_view> ledgers = WithoutSum(beginning);
  const std::optional<Fields> fields = opened.has_value() ? Divide(opened->fields) : std::nullopt;
  if (!fields.has_value() || !ledgers.has_value()) {
    return CannotBeRead();
  }
  Kept entry;
  while (!opened->entries.empty() && Take(opened->entries, entry)) {
    if (entry.place == place) {
      std::optional<std::string> bytes = Assemble(entry, *fields, *ledgers);
      return bytes.has_value() ? absl::StatusOr<std::string>(*std::move(bytes)) : CannotBeRead();
    }
  }
  return absl::DataLossError("an entry is not among those of its act");
}

bool HasField(std::string_view entry, int number) {
  Field field;
  while (!entry.empty() && Take(entry, field)) {
    if (field.tag / kTypes == static_cast<uint64_t>(number)) {
      return true;
    }
  }
  return false;
}

}  // namespace cbm
