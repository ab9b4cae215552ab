#include "core/crypto/system_random.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <limits>

namespace cbm {

std::string SystemRandom::Bytes(size_t size) {
  std::string bytes(size, '\0');
  if (size > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    std::abort();
  }
  return bytes;
}

}  // namespace cbm
