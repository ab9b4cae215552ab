#include "server/program/transport_log.h"

#include <cstdint>
#include <optional>

namespace cbm {

void TransportLog::Write(std::string_view message, SteadyTime now) {
  if (const std::optional<uint64_t> left_out = lines_.Take("transport", now.time_since_epoch());
      left_out.has_value()) {
    log_.Warning("transport", {{"reason", message}, {"lines_left_out", *left_out}});
  }
}

}  // namespace cbm
