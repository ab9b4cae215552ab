#include "tests/fuzz/programme.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cbm::fuzz {
namespace {

// Steps have one size, so that a byte altered in one leaves the others as they were.
constexpr size_t kHeadBytes = 6;
constexpr size_t kAlterationBytes = 4;
constexpr size_t kStepBytes = kHeadBytes + kAlterationsMax * kAlterationBytes;

Step ReadStep(std::string_view bytes) {
  const auto at = [bytes](size_t index) {
    return index < bytes.size() ? static_cast<uint8_t>(bytes[index]) : uint8_t{0};
  };
  Step step{.office = at(0),
            .kind = at(1),
            .variant = at(2),
            .about = at(3),
            .pause = at(4),
            .finish = at(5)};
  for (size_t from = kHeadBytes; from < kStepBytes; from += kAlterationBytes) {
    const Alteration read{.where = static_cast<uint16_t>(at(from) << 8 | at(from + 1)),
                          .how = at(from + 2),
                          .what = at(from + 3)};
    if (read.where != 0 || read.how != 0 || read.what != 0) {
      step.alterations.push_back(read);
    }
  }
  return step;
}

}  // namespace

std::vector<Step> ReadProgramme(std::string_view input) {
  std::vector<Step> steps;
  while (!input.empty() && steps.size() < kStepsMax) {
    steps.push_back(ReadStep(input.substr(0, kStepBytes)));
    input.remove_prefix(std::min(kStepBytes, input.size()));
  }
  return steps;
}

std::string WriteProgramme(std::span<const Step> steps) {
  std::string input;
  for (const Step& step : steps) {
    std::string bytes;
    for (const uint8_t value :
         {step.office, step.kind, step.variant, step.about, step.pause, step.finish}) {
      bytes.push_back(static_cast<char>(value));
    }
    for (const Alteration& alteration : step.alterations) {
      bytes.push_back(static_cast<char>(alteration.where >> 8));
      bytes.push_back(static_cast<char>(alteration.where));
      bytes.push_back(static_cast<char>(alteration.how));
      bytes.push_back(static_cast<char>(alteration.what));
    }
    bytes.resize(kStepBytes);
    input += bytes;
  }
  return input;
}

std::string MutateProgramme(std::string input, std::mt19937_64& random) {
  const auto roll = [&random](uint64_t sides) { return random() % sides; };
  const auto byte = [&random] { return static_cast<uint8_t>(random()); };
  std::vector<Step> steps;
  for (Step& step : ReadProgramme(input)) {
    if (roll(16) == 0) {
      continue;
    }
    uint8_t* const parts[] = {&step.office, &step.kind,  &step.variant,
                              &step.about,  &step.pause, &step.finish};
    if (roll(5) == 0) {
      *parts[roll(std::size(parts))] = byte();
    }
    for (uint64_t count = roll(3) == 0 ? 1 + roll(2) : 0; count > 0; --count) {
      step.alterations.push_back(
          {.where = static_cast<uint16_t>(random()), .how = byte(), .what = byte()});
      step.finish = roll(3) == 0 ? byte() : step.finish;
    }
    if (step.alterations.size() > kAlterationsMax) {
      step.alterations.resize(kAlterationsMax);
    }
    if (roll(6) == 0) {
      steps.push_back(step);
    }
    steps.push_back(std::move(step));
  }
  if (steps.size() > 1 && roll(3) == 0) {
    std::swap(steps[roll(steps.size())], steps[roll(steps.size())]);
  }
  return WriteProgramme(steps);
}

}  // namespace cbm::fuzz
