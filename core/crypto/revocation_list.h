#ifndef CBM_CORE_CRYPTO_REVOCATION_LIST_H_
#define CBM_CORE_CRYPTO_REVOCATION_LIST_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/certificate.h"

namespace cbm {

// How lists name a certificate: its serial in hexadecimal digits, a space, and its issuer's name as
// RFC 2253 writes it, in small letters and with single spaces, so that two ways to spell a name are
// one. A line of printable ASCII.
std::string NameInLists(const Certificate& certificate);

// Whether `text` may be such a name.
bool IsNameInLists(std::string_view text);

// What an authority has revoked, as it says itself (RFC 5280, section 5).
struct RevocationList {
  std::string issuer;
  std::string number;  // In hexadecimal digits; empty if it has none.
  absl::Time this_update;
  std::optional<absl::Time> next_update;  // By then another is due.

  // Certificates by NameInLists, for whatever reason they are on it: a hold counts as any other. A
  // list of changes (delta) names what it adds; what it takes off is left out.
  std::vector<std::string> revoked;
};

// All lists in `bytes`: one in DER, or any number in PEM with nothing else but text between them.
// Whether a list is still fresh is not asked.
//
// INVALID_ARGUMENT if there is none, one is not whole, is not signed by one of `authorities` that
// may sign lists, with SHA-224 or better, speaks for other authorities than its own (an indirect
// list), or has a critical extension that nobody here knows.
absl::StatusOr<std::vector<RevocationList>> ReadRevocationLists(
    std::string_view bytes, std::span<const Certificate> authorities);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_REVOCATION_LIST_H_
