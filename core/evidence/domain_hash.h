#ifndef CBM_CORE_EVIDENCE_DOMAIN_HASH_H_
#define CBM_CORE_EVIDENCE_DOMAIN_HASH_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/digest.h"

namespace cbm {

// The hashes and statements that begin with a label of their own, so that what was made for one
// purpose is good for no other. docs/formats.md gives each; `||` is concatenation, without lengths:
// every part but the last has a length of its own or ends where the next cannot begin.

// What names a State without saying so: SHA-256("cbm.v1/addressee" || salt || state). The salt has
// 32 bytes, or whoever knows the States could guess.
Digest AddresseeCommitment(std::string_view salt, std::string_view state);

// What names an open content: SHA-256("cbm.v1/content" || salt || plaintext). The salt has 32
// bytes.
Digest ContentDigest(std::string_view salt, std::string_view plaintext);

// What names a sealed content or blob: SHA-256 of the bytes of the envelope or the ciphertext.
Digest BlobDigest(std::string_view bytes);

// What an entry says its reader is given: the 32 bytes of SHA-256("cbm.v1/given" || digests),
// manifest first. Empty if it is given nothing.
std::string GivenDigest(std::span<const Digest> contents);

// Who takes part in a consultation. Codes of States, in any order.
struct PartySetMembers {
  std::string_view consultation_id;  // 32 bytes.
  std::vector<std::string> parties;
  std::vector<std::string> invitees;
};

// SHA-256("cbm.v1/parties" || consultation id || sorted parties || 0 || sorted invitees).
Digest PartySetDigest(PartySetMembers members);

// The office that a credential is to be registered to.
struct Possession {
  std::string_view exchange_id;
  std::string_view party;
  std::string_view office;
  const Digest& certificate;  // Its SHA-256.
};

// What the holder of a new credential's key signs, so that nobody registers somebody else's:
// "cbm.v1/possession" || exchange id || party || office || SHA-256(certificate).
std::string PossessionStatement(const Possession& possession);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_DOMAIN_HASH_H_
