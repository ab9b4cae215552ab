// Replays a target's seeds and its corpus, then mutates them; or writes the seeds as files.
//
//   fuzz_act CORPUS_FOLDER
//   fuzz_act --write-seeds FOLDER
//   fuzz_act INPUT_FILE
//
// A file is replayed alone, so that a finding can be looked at.
// CBM_SEED repeats a run, CBM_MUTATIONS makes it longer or shorter; the input that broke a promise
// is written to crash-<name>.

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutate.h"

namespace cbm::fuzz {
namespace {

// What is at work when the process ends before its time.
std::string& Input() {
  static auto* const input = new std::string();
  return *input;
}

void KeepInput(int signal) {
  std::FILE* const file = std::fopen("crash-input", "wb");
  if (file != nullptr) {
    std::fwrite(Input().data(), 1, Input().size(), file);
    std::fclose(file);
    static constexpr char kSays[] = "the input is in crash-input\n";
    static_cast<void>(!::write(STDERR_FILENO, kSays, sizeof(kSays) - 1));
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

std::string ReadInput(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::vector<std::string> ReadCorpus(const std::filesystem::path& folder) {
  std::vector<std::string> inputs;
  if (!std::filesystem::exists(folder)) {
    return inputs;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    inputs.push_back(ReadInput(entry.path()));
  }
  return inputs;
}

void (*check_at_end)() = nullptr;
std::string (*mutate_input)(std::string input, std::mt19937_64& random) = Mutate;

void Try(std::string input) {
  Input() = std::move(input);
  TestOne(Input());
}

int WriteSeeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : Seeds()) {
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
  return 0;
}

int Main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--write-seeds") {
    return WriteSeeds(argv[2]);
  }
  for (const int ending : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) {
    ::signal(ending, KeepInput);
  }
  if (argc == 2 && std::filesystem::is_regular_file(argv[1])) {
    Try(ReadInput(argv[1]));
    return 0;
  }
  std::vector<std::string> inputs = Seeds();
  if (argc == 2) {
    const std::vector<std::string> corpus = ReadCorpus(argv[1]);
    inputs.insert(inputs.end(), corpus.begin(), corpus.end());
  }
  const char* const given = std::getenv("CBM_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  const char* const wanted = std::getenv("CBM_MUTATIONS");
  const int mutations = wanted != nullptr ? std::atoi(wanted) : Mutations();
  std::fprintf(stderr, "CBM_SEED=%llu, %zu inputs, %d mutations\n",
               static_cast<unsigned long long>(seed), inputs.size(), mutations);
  for (const std::string& input : inputs) {
    Try(input);
  }
  Try("");
  std::mt19937_64 random(seed);
  for (int i = 0; i < mutations; ++i) {
    Try(mutate_input(inputs[random() % inputs.size()], random));
  }
  if (check_at_end != nullptr) {
    check_at_end();
  }
  return 0;
}

}  // namespace

void AtEnd(void (*check)()) { check_at_end = check; }

void MutateBy(std::string (*mutate)(std::string input, std::mt19937_64& random)) {
  mutate_input = mutate;
}

}  // namespace cbm::fuzz

int main(int argc, char** argv) { return cbm::fuzz::Main(argc, argv); }
