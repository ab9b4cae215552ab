#ifndef CBM_TESTS_FUZZ_SEED_ACTS_H_
#define CBM_TESTS_FUZZ_SEED_ACTS_H_

#include <string>
#include <vector>

#include "cbm/v1/act.pb.h"
#include "tests/fuzz/fuzzed_exchange.h"
#include "tests/fuzz/programme.h"

namespace cbm::fuzz {

// An act of this kind by that office, in good shape and about what there is, as far as the office
// may act at all: a fit one if the step says so (Step.about), and one of several (Step.variant).
test::Draft MakeSeed(FuzzedExchange& exchange, const test::TestOffice& author,
                     v1::Act::KindCase kind, const Step& step);

// Programmes in good shape, which together perform acts of every kind; and one for each kind by
// which every office tries it.
std::vector<std::string> SeedProgrammes();

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_SEED_ACTS_H_
