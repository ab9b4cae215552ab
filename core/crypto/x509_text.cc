#include "core/crypto/x509_text.h"

#include <cstdlib>
#include <ctime>

#include "absl/time/civil_time.h"

namespace cbm {

std::string TextIn(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : std::string();
}

BioPtr NewBuffer() {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr) {
    std::abort();
  }
  return bio;
}

std::string TextOf(const X509_NAME* name) {
  const BioPtr bio = NewBuffer();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return TextIn(bio.get());
}

std::string TextOf(const ASN1_INTEGER* number) {
  const BioPtr bio = NewBuffer();
  i2a_ASN1_INTEGER(bio.get(), number);
  return TextIn(bio.get());
}

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return std::nullopt;
  }
  return absl::FromCivil(absl::CivilSecond(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                           parts.tm_hour, parts.tm_min, parts.tm_sec),
                         absl::UTCTimeZone());
}

}  // namespace cbm
