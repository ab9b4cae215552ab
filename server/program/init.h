#ifndef CBM_SERVER_PROGRAM_INIT_H_
#define CBM_SERVER_PROGRAM_INIT_H_

#include <string>

#include "absl/status/status.h"
#include "server/config/config.h"

namespace cbm {

// `cbmd init`: makes the log key if there is none, writes the genesis document and prints its
// digest.
//
// INVALID_ARGUMENT if what the configuration names does not make a genesis. ALREADY_EXISTS if the
// exchange was created.
absl::Status WriteGenesisDocument(const Config& config);

// `cbmd init --signature`: creates the exchange from the document and the secretariat's signature
// of it, and prints the log key. Refuses one that exists. What another one of this database's name
// knew as revoked stays so.
absl::Status CreateExchange(const Config& config, const std::string& signature_file);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_INIT_H_
