#ifndef CBM_CORE_EVIDENCE_ORIGIN_H_
#define CBM_CORE_EVIDENCE_ORIGIN_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/log/verifier_key.h"

namespace cbm {

// Whether `text` is an exchange id: a name of 1 to 32 of a-z, 0-9, dot and hyphen, a slash, and 64
// lower-case hexadecimal digits.
bool IsExchangeId(std::string_view text);

// The logs of one exchange in one epoch: all ledgers and the anchor share one key, and differ by
// their origin, which is also the name that the key signs under.
struct LogIdentity {
  std::string exchange_id;
  uint32_t epoch = 1;
  std::string public_key;  // Ed25519, 32 bytes.

  friend bool operator==(const LogIdentity&, const LogIdentity&) = default;
};

// `<exchange id>/<epoch>/<ledger>`, as in `cbm/0a…/1/state/EE`.
std::string Origin(std::string_view exchange_id, uint32_t epoch, const LedgerId& ledger);

// `<exchange id>/<epoch>`.
std::string AnchorOrigin(std::string_view exchange_id, uint32_t epoch);

// What verifies the checkpoints of a ledger, and of the anchor.
VerifierKey KeyOfLedger(const LogIdentity& log, const LedgerId& ledger);
VerifierKey KeyOfAnchor(const LogIdentity& log);

// The reverse, from the text of the anchor's verifier key: what a client is given to trust.
//
// INVALID_ARGUMENT if it is malformed, or not an anchor's: its name is not an exchange id, a slash
// and an epoch from 1.
absl::StatusOr<LogIdentity> ParseAnchorKey(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_ORIGIN_H_
