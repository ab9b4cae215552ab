#ifndef CBM_TESTS_SUPPORT_FAKE_RANDOM_H_
#define CBM_TESTS_SUPPORT_FAKE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "core/base/mutex.h"
#include "core/base/random.h"

namespace cbm::test {

// The same bytes in every run with the same seed. Thread-safe.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(uint64_t seed = 1) : engine_(seed) {}

  std::string Bytes(size_t size) override {
    const MutexLock lock(mutex_);
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(engine_());
    }
    return bytes;
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_FAKE_RANDOM_H_
