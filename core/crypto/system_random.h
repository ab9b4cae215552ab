#ifndef CBM_CORE_CRYPTO_SYSTEM_RANDOM_H_
#define CBM_CORE_CRYPTO_SYSTEM_RANDOM_H_

#include <cstddef>
#include <string>

#include "core/base/random.h"

namespace cbm {

// Random bytes from OpenSSL's generator, which the system seeds. Thread-safe.
class SystemRandom final : public Random {
 public:
  std::string Bytes(size_t size) override;
};

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_SYSTEM_RANDOM_H_
