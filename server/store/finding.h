#ifndef CBM_SERVER_STORE_FINDING_H_
#define CBM_SERVER_STORE_FINDING_H_

#include <string>

namespace cbm {

// Something in a store that is not as it must be. For the operator: it names ledgers.
struct Finding {
  std::string where;  // "state/EE 17", "act 4", "database".
  std::string what;

  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_FINDING_H_
