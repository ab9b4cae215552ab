#ifndef CBM_CORE_BASE_RANDOM_H_
#define CBM_CORE_BASE_RANDOM_H_

#include <cstddef>
#include <string>

namespace cbm {

// Where salts, ids and nonces come from. Tests use one that gives the same bytes in every run.
//
// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  // `size` unpredictable bytes. A source that cannot give them stops the process: nothing that the
  // exchange makes would be safe without them.
  virtual std::string Bytes(size_t size) = 0;
};

}  // namespace cbm

#endif  // CBM_CORE_BASE_RANDOM_H_
