#include "core/crypto/pem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstddef>

#include "core/base/status_macros.h"
#include "core/crypto/openssl_handles.h"
#include "fmt/format.h"

namespace cbm {

absl::Status ForEachPemBlock(
    std::string_view pem,
    const std::function<absl::Status(std::string_view name, std::string_view bytes)>& take) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  for (int taken = 0;; ++taken) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      return at_end ? absl::OkStatus()
                    : absl::InvalidArgumentError(
                          fmt::format("the PEM is damaged after {} block(s)", taken));
    }
    const OpenSslBytes own_name(reinterpret_cast<unsigned char*>(name));
    const OpenSslBytes own_header(reinterpret_cast<unsigned char*>(header));
    const OpenSslBytes own_data(data);
    const auto bytes = static_cast<size_t>(size);
    const absl::Status status = take(name, {reinterpret_cast<const char*>(data), bytes});
    OPENSSL_cleanse(data, bytes);
    CBM_RETURN_IF_ERROR(status);
  }
}

}  // namespace cbm
