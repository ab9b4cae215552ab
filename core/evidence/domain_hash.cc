#include "core/evidence/domain_hash.h"

#include <algorithm>

#include "fmt/format.h"

namespace cbm {

Digest AddresseeCommitment(std::string_view salt, std::string_view state) {
  return Sha256({"cbm.v1/addressee", salt, state});
}

Digest ContentDigest(std::string_view salt, std::string_view plaintext) {
  return Sha256({"cbm.v1/content", salt, plaintext});
}

Digest BlobDigest(std::string_view bytes) { return Sha256(bytes); }

std::string GivenDigest(std::span<const Digest> contents) {
  if (contents.empty()) {
    return {};
  }
  std::string digests;
  digests.reserve(contents.size() * kDigestBytes);
  for (const Digest& digest : contents) {
    digests += BytesOf(digest);
  }
  return std::string(BytesOf(Sha256({"cbm.v1/given", digests})));
}

Digest PartySetDigest(PartySetMembers members) {
  std::sort(members.parties.begin(), members.parties.end());
  std::sort(members.invitees.begin(), members.invitees.end());
  std::string codes;
  for (const std::string& party : members.parties) {
    codes += party;
  }
  codes.push_back('\0');
  for (const std::string& invitee : members.invitees) {
    codes += invitee;
  }
  return Sha256({"cbm.v1/parties", members.consultation_id, codes});
}

std::string PossessionStatement(const Possession& possession) {
  return fmt::format("cbm.v1/possession{}{}{}{}", possession.exchange_id, possession.party,
                     possession.office, BytesOf(possession.certificate));
}

}  // namespace cbm
