#ifndef CBM_TESTS_FUZZ_MUTATE_H_
#define CBM_TESTS_FUZZ_MUTATE_H_

#include <random>
#include <string>

namespace cbm::fuzz {

// Changes a few bytes: replaced, inserted, taken out, repeated, or cut off.
inline std::string Mutate(std::string bytes, std::mt19937_64& random) {
  for (uint64_t count = 1 + random() % 4; count > 0 && !bytes.empty(); --count) {
    const size_t at = random() % bytes.size();
    switch (random() % 7) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
      case 3:
        bytes.erase(at, 1 + random() % 8);
        break;
      case 4:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
        break;
      case 5:
        bytes.resize(at);
        break;
      default:
        bytes[at] = random() % 2 == 0 ? '\x7f' : '\xff';
    }
  }
  return bytes;
}

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_MUTATE_H_
