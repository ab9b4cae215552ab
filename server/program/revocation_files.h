#ifndef CBM_SERVER_PROGRAM_REVOCATION_FILES_H_
#define CBM_SERVER_PROGRAM_REVOCATION_FILES_H_

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/crypto/certificate.h"
#include "server/gate/client_trust.h"
#include "server/ops/log.h"

namespace cbm {

// Twice what ClientTrust takes up from lists: beside that come those whom it remembers to have come
// by one that was revoked.
inline constexpr size_t kKeptBytesMax = size_t{256} << 20;

// Takes up what authorities revoke from a folder of their lists, and keeps it in a file of its own:
// whatever becomes of a list, what was revoked once stays revoked, over restarts too.
//
// Nothing that is wrong with a list lets anybody in, or out: it is said in the log, once for each
// state of things, and what was good goes on. Of a list that is late the same.
//
// Not thread-safe.
class RevocationFiles {
 public:
  // `folder` holds nothing but lists, PEM or DER, beside files whose names begin with a dot; empty:
  // none are looked at. `kept` is the file of what was revoked: what would not fit into that many
  // bytes is said and not written, so that the file that is there can still be read. The others
  // must outlive it.
  RevocationFiles(std::string folder, std::string kept, ClientTrust& trust, Clock& clock, Log& log,
                  size_t kept_bytes_max = kKeptBytesMax)
      : folder_(std::move(folder)),
        kept_(std::move(kept)),
        kept_bytes_max_(kept_bytes_max),
        trust_(trust),
        clock_(clock),
        log_(log) {}

  // Makes the file at `kept` of an exchange that is new, in which nothing is revoked; one that is
  // there is left as it is. INVALID_ARGUMENT, naming it, if it cannot be written.
  static absl::Status Create(const std::string& kept);

  // Revokes what is kept; to be called first.
  //
  // DATA_LOSS, naming file and line, if it is not there, or not as Create or Refresh wrote it.
  absl::Status Load();

  // Takes up what the folder says now, of lists that one of these authorities (PEM) signed, and
  // keeps it. `anew`: all is read and said again.
  void Refresh(bool anew, const std::string& authorities);

  // A list that is taken: the last good one of its file.
  struct Taken {
    std::string issuer;
    std::string number;
    absl::Time this_update;
    std::optional<absl::Time> next_update;
    size_t revoked = 0;

    friend bool operator==(const Taken&, const Taken&) = default;
  };
  std::vector<Taken> lists() const;

  // What is wrong now, in words.
  std::vector<std::string> problems() const;

 private:
  struct File {
    std::string stamp;    // What tells that it may have changed; empty: read it.
    std::string content;  // Its digest, when it was last read.
    std::string refused;  // Why; empty if it is good.
    std::vector<Taken> taken;
  };
  enum class Kind { kMissing, kStale, kRefused, kNotKept };
  struct Problem {
    Kind kind;
    std::string what;  // File or issuer.
    std::string reason;

    friend auto operator<=>(const Problem&, const Problem&) = default;
  };

  std::set<std::string> FindFiles();
  void RefreshFile(const std::string& name);
  absl::Status TakeFrom(const std::string& bytes, File& file);
  void CheckAuthorities();
  void Keep();
  absl::Status Write();
  void Say(const Problem& problem);
  void Note(Problem problem) { found_.insert(std::move(problem)); }

  const std::string folder_;
  const std::string kept_;
  const size_t kept_bytes_max_;
  ClientTrust& trust_;
  Clock& clock_;
  Log& log_;
  std::string authorities_pem_;
  std::vector<Certificate> authorities_;
  std::map<std::string, File> files_;  // By name.
  size_t kept_count_ = 0;
  std::set<Problem> known_;  // That the log has.
  std::set<Problem> found_;  // By the Refresh that is under way.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_REVOCATION_FILES_H_
