#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {

void Expect(bool holds, const char* promise) {
  if (!holds) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
  }
}

}  // namespace cbm::fuzz
