#include "client/output/page.h"

#include "client/output/text.h"
#include "fmt/format.h"

namespace cbm {

std::string PrintedFor::NameOf(std::string_view state) const {
  if (state.empty()) {
    return "not told to you";
  }
  const std::string_view name = exchange.NameOf(state);
  return name == state ? std::string(name) : fmt::format("{} ({})", name, state);
}

std::string PrintedFor::MeasureOf(std::string_view id) const {
  if (const v1::Framework* const framework = exchange.FrameworkOfMeasure(id)) {
    for (const v1::Measure& measure : framework->measures()) {
      if (measure.id() == id) {
        return fmt::format("{}: {}", id, measure.title());
      }
    }
  }
  return std::string(id);
}

std::string PrintedFor::Describe() const {
  return fmt::format("Printed {} (the time of the exchange), for {}, office {}.", FormatUtc(now),
                     NameOf(party), office);
}

}  // namespace cbm
