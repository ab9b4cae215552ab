#ifndef CBM_TESTS_FUZZ_FUZZ_TARGET_H_
#define CBM_TESTS_FUZZ_FUZZ_TARGET_H_

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cbm::fuzz {

// What every file NAME_target.cc defines. The driver replays and mutates in the tests; libFuzzer
// goes on for longer (run.sh).

// Good inputs to begin with.
std::vector<std::string> Seeds();

// Takes one input, and ends the process by Expect if a promise does not hold for it.
void TestOne(std::string_view input);

// How many mutations the tests make: about two seconds' worth.
int Mutations();

// Has `check` called once a run of the tests is at its end; not after one input alone, nor by
// libFuzzer.
void AtEnd(void (*check)());

// Has the tests mutate inputs by this instead of mutate.h: for inputs of which a few bytes altered
// say little. libFuzzer goes its own way.
void MutateBy(std::string (*mutate)(std::string input, std::mt19937_64& random));

// Ends the process if `holds` is false.
void Expect(bool holds, const char* promise);

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_FUZZ_TARGET_H_
