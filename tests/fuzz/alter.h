#ifndef CBM_TESTS_FUZZ_ALTER_H_
#define CBM_TESTS_FUZZ_ALTER_H_

#include <span>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tests/fuzz/programme.h"

namespace cbm::fuzz {

// What an alteration may put in the place of something else.
struct Words {
  std::vector<std::string> bytes;    // Digests of what there is.
  std::vector<std::string> strings;  // Names that mean something.
  absl::Time now;
};

// Alters one field of one of these messages, or of one within them, at any depth, whether it is set
// or not: sets, clears, adds, repeats, takes out, exchanges, puts at a bound. The same for the same
// messages, alteration and words.
void Alter(std::span<google::protobuf::Message* const> messages, const Alteration& alteration,
           const Words& words);

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_ALTER_H_
