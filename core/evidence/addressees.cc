#include "core/evidence/addressees.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/evidence/domain_hash.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::array<size_t, 4> kCommitmentCounts = {8, 16, 32, kAddresseesMax};

// How many commitments there are for so many addressees. Precondition: at most 64.
size_t CommitmentCountFor(size_t addressees) {
  return *std::lower_bound(kCommitmentCounts.begin(), kCommitmentCounts.end(), addressees);
}

absl::Status CheckCount(size_t addressees) {
  if (addressees == 0) {
    return absl::InvalidArgumentError("addressees: at least one is required");
  }
  if (addressees > kAddresseesMax) {
    return absl::InvalidArgumentError(fmt::format(
        "addressees: there are {}; at most {} are allowed", addressees, kAddresseesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckCommitments(const v1::AddresseeCommitments& commitments, size_t addressees) {
  const auto& values = commitments.commitments();
  const size_t wanted = CommitmentCountFor(addressees);
  if (static_cast<size_t>(values.size()) != wanted) {
    return absl::InvalidArgumentError(
        fmt::format("commitments: there are {}; for so many addressees there must be {}",
                    values.size(), wanted));
  }
  for (const std::string& value : values) {
    if (value.size() != kDigestBytes) {
      return absl::InvalidArgumentError(
          fmt::format("commitments: one has {} bytes; each must have 32", value.size()));
    }
  }
  const auto disorder = std::adjacent_find(values.begin(), values.end(),
                                           [](const auto& a, const auto& b) { return a >= b; });
  if (disorder != values.end()) {
    return absl::InvalidArgumentError("commitments: must be ascending, each once");
  }
  return absl::OkStatus();
}

absl::Status CheckOpening(const v1::AddresseeCommitments& commitments,
                          const v1::AddresseeOpening& opening) {
  if (opening.salt().size() != kAddresseeSaltBytes) {
    return absl::InvalidArgumentError(
        fmt::format("addressees: a salt has {} bytes; each must have 32", opening.salt().size()));
  }
  if (!IsStateCode(opening.state())) {
    return absl::InvalidArgumentError("addressees: a state must be two capitals, as in EE");
  }
  const Digest commitment = AddresseeCommitment(opening.salt(), opening.state());
  const auto& values = commitments.commitments();
  if (!std::binary_search(values.begin(), values.end(), BytesOf(commitment),
                          [](std::string_view a, std::string_view b) { return a < b; })) {
    return absl::InvalidArgumentError(
        fmt::format("addressees: the act has no commitment to {}", opening.state()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Addressees> MakeAddressees(std::vector<std::string> states, v1::ListVisibility list,
                                          Random& random) {
  CBM_RETURN_IF_ERROR(CheckCount(states.size()));
  std::sort(states.begin(), states.end());
  if (std::adjacent_find(states.begin(), states.end()) != states.end()) {
    return absl::InvalidArgumentError("addressees: each state may be named once");
  }
  if (!std::all_of(states.begin(), states.end(), IsStateCode)) {
    return absl::InvalidArgumentError("addressees: a state must be two capitals, as in EE");
  }
  Addressees addressees;
  std::vector<std::string> values;
  const size_t count = CommitmentCountFor(states.size());
  for (std::string& state : states) {
    v1::AddresseeOpening& opening = addressees.openings.emplace_back();
    opening.set_salt(random.Bytes(kAddresseeSaltBytes));
    opening.set_state(std::move(state));
    values.emplace_back(BytesOf(AddresseeCommitment(opening.salt(), opening.state())));
  }
  while (values.size() < count) {
    values.push_back(random.Bytes(kDigestBytes));
  }
  std::sort(values.begin(), values.end());
  for (std::string& value : values) {
    addressees.commitments.add_commitments(std::move(value));
  }
  addressees.commitments.set_list(list);
  return addressees;
}

absl::Status CheckOpenings(const v1::AddresseeCommitments& commitments,
                           const std::vector<v1::AddresseeOpening>& openings) {
  CBM_RETURN_IF_ERROR(CheckCount(openings.size()));
  CBM_RETURN_IF_ERROR(CheckCommitments(commitments, openings.size()));
  for (const v1::AddresseeOpening& opening : openings) {
    CBM_RETURN_IF_ERROR(CheckOpening(commitments, opening));
  }
  const auto disorder =
      std::adjacent_find(openings.begin(), openings.end(),
                         [](const auto& a, const auto& b) { return a.state() >= b.state(); });
  if (disorder != openings.end()) {
    return absl::InvalidArgumentError("addressees: must be ordered by state, each once");
  }
  return absl::OkStatus();
}

}  // namespace cbm
