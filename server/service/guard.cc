#include "server/service/guard.h"

#include <exception>

namespace cbm {

absl::Status Guard(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return absl::InternalError(thrown.what());
  }
}

}  // namespace cbm
