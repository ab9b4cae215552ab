#ifndef CBM_SERVER_GATE_HOLDER_NAME_H_
#define CBM_SERVER_GATE_HOLDER_NAME_H_

#include <string>

namespace cbm {

// To whom a certificate is registered, as it is said of him. Nothing is counted by it.
struct HolderName {
  std::string party;
  std::string office;

  bool operator==(const HolderName&) const = default;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_HOLDER_NAME_H_
