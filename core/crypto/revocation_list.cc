#include "core/crypto/revocation_list.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "core/base/status_macros.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/pem.h"
#include "core/crypto/x509_text.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// As all signatures of authorities: 112 bits of security, so SHA-224 at least.
constexpr int kDigestBytesMin = 28;

// What stands in a list of changes for a certificate that is taken off.
constexpr long kRemoveFromList = 8;

// Those that may be critical, and that the reading below takes into account.
constexpr std::array<int, 4> kKnownOfList = {NID_issuing_distribution_point, NID_delta_crl,
                                             NID_authority_key_identifier, NID_crl_number};
constexpr std::array<int, 2> kKnownOfEntry = {NID_crl_reason, NID_invalidity_date};

using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using ReasonPtr = std::unique_ptr<ASN1_ENUMERATED, FreeWith<ASN1_ENUMERATED_free>>;
using PointPtr = std::unique_ptr<ISSUING_DIST_POINT, FreeWith<ISSUING_DIST_POINT_free>>;

absl::Status Unfit(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(std::string(what));
}

std::string NameOf(std::string_view serial, std::string_view issuer) {
  std::string name;
  for (const char c : serial) {
    if (c != '\\' && c != '\n') {  // So OpenSSL breaks the lines of what is too long to be one.
      name += c;
    }
  }
  name += ' ';
  for (const char c : issuer) {
    if (c != ' ' || name.back() != ' ') {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return name;
}

template <typename Known>
bool IsKnown(X509_EXTENSION* extension, const Known& known) {
  const int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
  return X509_EXTENSION_get_critical(extension) == 0 ||
         std::find(known.begin(), known.end(), kind) != known.end();
}

// Whether `crl` is of this authority, by its name, its rights and its key.
bool IsSignedBy(X509_CRL* crl, const Certificate& authority) {
  X509* const x509 = authority.handle();
  return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(x509)) == 0 &&
         (X509_get_key_usage(x509) & KU_CRL_SIGN) != 0 && authority.public_key() != nullptr &&
         X509_CRL_verify(crl, authority.public_key()) == 1;
}

absl::Status CheckSigned(X509_CRL* crl, const std::string& issuer,
                         std::span<const Certificate> authorities) {
  int digest = NID_undef;
  OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, nullptr);
  const EVP_MD* const md = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  if (md != nullptr && EVP_MD_get_size(md) < kDigestBytesMin) {
    return Unfit(fmt::format("the list of {} is signed with {}, which can be forged", issuer,
                             OBJ_nid2sn(digest)));
  }
  const bool is_signed =
      std::any_of(authorities.begin(), authorities.end(),
                  [crl](const Certificate& authority) { return IsSignedBy(crl, authority); });
  ERR_clear_error();
  return is_signed ? absl::OkStatus()
                   : Unfit(fmt::format("the list of {} is not signed by an authority of that name "
                                       "in server.client_ca that may sign lists",
                                       issuer));
}

// Nothing in it changes what an entry means.
absl::Status CheckPlain(X509_CRL* crl, const std::string& issuer) {
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    if (!IsKnown(X509_CRL_get_ext(crl, i), kKnownOfList)) {
      return Unfit(
          fmt::format("the list of {} has a critical extension that is not known", issuer));
    }
  }
  const PointPtr point(static_cast<ISSUING_DIST_POINT*>(
      X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, nullptr, nullptr)));
  if (point != nullptr && point->indirectCRL > 0) {
    return Unfit(fmt::format("the list of {} speaks for other authorities too", issuer));
  }
  return absl::OkStatus();
}

// Adds what one entry revokes; nothing if it takes off.
absl::Status ReadEntry(X509_REVOKED* entry, RevocationList& list) {
  for (int i = 0; i < X509_REVOKED_get_ext_count(entry); ++i) {
    if (!IsKnown(X509_REVOKED_get_ext(entry, i), kKnownOfEntry)) {
      return Unfit(fmt::format(
          "the list of {} has an entry with a critical extension that is not known", list.issuer));
    }
  }
  const ReasonPtr reason(static_cast<ASN1_ENUMERATED*>(
      X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
  if (reason == nullptr || ASN1_ENUMERATED_get(reason.get()) != kRemoveFromList) {
    list.revoked.push_back(NameOf(TextOf(X509_REVOKED_get0_serialNumber(entry)), list.issuer));
  }
  return absl::OkStatus();
}

absl::StatusOr<RevocationList> ReadList(X509_CRL* crl, std::span<const Certificate> authorities) {
  RevocationList list;
  list.issuer = TextOf(X509_CRL_get_issuer(crl));
  CBM_RETURN_IF_ERROR(CheckSigned(crl, list.issuer, authorities));
  CBM_RETURN_IF_ERROR(CheckPlain(crl, list.issuer));
  const std::optional<absl::Time> this_update = TimeOf(X509_CRL_get0_lastUpdate(crl));
  const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(crl);
  list.next_update = next == nullptr ? std::nullopt : TimeOf(next);
  if (!this_update.has_value() || (next != nullptr && !list.next_update.has_value())) {
    return Unfit(fmt::format("the times of the list of {} cannot be read", list.issuer));
  }
  list.this_update = *this_update;
  const IntegerPtr number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
  list.number = number == nullptr ? "" : TextOf(number.get());
  STACK_OF(X509_REVOKED)* const entries = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    CBM_RETURN_IF_ERROR(ReadEntry(sk_X509_REVOKED_value(entries, i), list));
  }
  ERR_clear_error();
  return list;
}

absl::StatusOr<std::vector<CrlPtr>> ParsePem(std::string_view pem) {
  std::vector<CrlPtr> lists;
  const auto take = [&](std::string_view block, std::string_view bytes) -> absl::Status {
    const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
    const unsigned char* next = begin;
    CrlPtr list(block == PEM_STRING_X509_CRL
                    ? d2i_X509_CRL(nullptr, &next, static_cast<long>(bytes.size()))
                    : nullptr);
    if (list == nullptr || next != begin + bytes.size()) {
      return Unfit("the PEM holds something that is no whole revocation list");
    }
    lists.push_back(std::move(list));
    return absl::OkStatus();
  };
  CBM_RETURN_IF_ERROR(ForEachPemBlock(pem, take));
  return lists;
}

absl::StatusOr<std::vector<CrlPtr>> Parse(std::string_view bytes) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return Unfit("it is too large");
  }
  const auto* const begin = reinterpret_cast<const unsigned char*>(bytes.data());
  const unsigned char* next = begin;
  CrlPtr der(d2i_X509_CRL(nullptr, &next, static_cast<long>(bytes.size())));
  ERR_clear_error();
  if (der == nullptr) {
    return ParsePem(bytes);
  }
  if (next != begin + bytes.size()) {
    return Unfit("something follows the list");
  }
  std::vector<CrlPtr> lists;
  lists.push_back(std::move(der));
  return lists;
}

}  // namespace

std::string NameInLists(const Certificate& certificate) {
  return NameOf(certificate.serial(), certificate.issuer());
}

bool IsNameInLists(std::string_view text) {
  const size_t digits = text.find(' ');
  return digits != std::string_view::npos && digits > 0 && digits + 1 < text.size() &&
         text.substr(0, digits).find_first_not_of("0123456789ABCDEF-") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

absl::StatusOr<std::vector<RevocationList>> ReadRevocationLists(
    std::string_view bytes, std::span<const Certificate> authorities) {
  CBM_ASSIGN_OR_RETURN(const std::vector<CrlPtr> parsed, Parse(bytes));
  if (parsed.empty()) {
    return Unfit("there is no revocation list in it");
  }
  std::vector<RevocationList> lists;
  for (const CrlPtr& crl : parsed) {
    CBM_ASSIGN_OR_RETURN(RevocationList list, ReadList(crl.get(), authorities));
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace cbm
