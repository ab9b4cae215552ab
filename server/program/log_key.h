#ifndef CBM_SERVER_PROGRAM_LOG_KEY_H_
#define CBM_SERVER_PROGRAM_LOG_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "cbm/v1/genesis.pb.h"
#include "core/base/random.h"
#include "core/crypto/note_key.h"
#include "core/evidence/genesis.h"

namespace cbm {

// The log's key from its seed file: 64 hexadecimal digits. INVALID_ARGUMENT if it is none.
absl::StatusOr<NoteSigningKey> ReadLogKey(const std::string& seed_file);

// The same; makes the file, readable by its owner alone, if it is not there.
absl::StatusOr<NoteSigningKey> ReadOrMakeLogKey(const std::string& seed_file, Random& random);

// INVALID_ARGUMENT, naming the file, if `key` does not sign the log that `genesis` begins.
absl::Status RequireKeyOf(const v1::Genesis& genesis, const NoteSigningKey& key,
                          const std::string& seed_file);

// What every office is to be given, in two lines: the exchange's id, and the log key.
std::string DescribeExchange(const GenesisDocument& genesis);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_LOG_KEY_H_
