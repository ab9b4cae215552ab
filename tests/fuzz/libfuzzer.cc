// The entry that libFuzzer looks for.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {

void AtEnd(void (*)()) {}

void MutateBy(std::string (*)(std::string, std::mt19937_64&)) {}

}  // namespace cbm::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cbm::fuzz::TestOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
