#ifndef CBM_SERVER_PROGRAM_TRANSPORT_LOG_H_
#define CBM_SERVER_PROGRAM_TRANSPORT_LOG_H_

#include <string_view>

#include "server/gate/budget.h"
#include "server/ops/line_budgets.h"
#include "server/ops/log.h"

namespace cbm {

// Writes what gRPC has to say into the log. Since it has a line for each call that it does not
// understand, 100 lines at once and 10 a second are written, and the next line then says how many
// were left out. Thread-safe.
class TransportLog {
 public:
  // It must outlive this.
  explicit TransportLog(Log& log) : log_(log) {}

  void Write(std::string_view message, SteadyTime now);

 private:
  Log& log_;
  LineBudgets lines_;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TRANSPORT_LOG_H_
