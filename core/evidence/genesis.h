#ifndef CBM_CORE_EVIDENCE_GENESIS_H_
#define CBM_CORE_EVIDENCE_GENESIS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/genesis.pb.h"
#include "core/crypto/digest.h"

namespace cbm {

inline constexpr size_t kGenesisBytesMax = size_t{1} << 20;

// What an exchange starts from: the bytes that were signed, and what they say.
struct GenesisDocument {
  std::string bytes;
  v1::Genesis genesis;
  Digest digest{};          // SHA-256 of bytes.
  std::string exchange_id;  // `name/` and the digest in hexadecimal.

  // From when to when the certificate in it holds.
  absl::Time secretariat_not_before;
  absl::Time secretariat_not_after;
};

// Reads a document: the protobuf JSON mapping of Genesis, in the form of CheckJsonForm. Whether its
// frameworks are complete and consistent is for the rules to say.
//
// INVALID_ARGUMENT if it has more than 1 MiB, does not parse, has a field that is not known or is
// there twice, or its purpose, version, name, log key or certificate are not what they must be.
absl::StatusOr<GenesisDocument> ReadGenesis(std::string bytes);

// The document of `genesis`, always the same for the same genesis. It is written once: what was
// signed is kept as bytes. INVALID_ARGUMENT if ReadGenesis would not take it.
absl::StatusOr<std::string> WriteGenesis(const v1::Genesis& genesis);

// OK if `signature` (detached CMS) is that of the document by the secretariat's certificate in it.
// That the certificate is the right one, only the exchange id tells.
//
// INVALID_ARGUMENT otherwise.
absl::Status VerifyGenesisSignature(const GenesisDocument& document, std::string_view signature);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_GENESIS_H_
