#ifndef CBM_SERVER_GATE_SESSION_TABLE_H_
#define CBM_SERVER_GATE_SESSION_TABLE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "core/base/random.h"
#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"

namespace cbm {

// One client's connection, as the gate verified it.
struct SessionFacts {
  Certificate certificate;
  std::string source;  // The client's address, without its port.
  absl::Time since;
};

// Whose connection is whose: by an unguessable name that the gate's end of each private connection
// has, and that is never given twice. Nothing else in the exchange says who a caller is.
//
// A name tells nobody anything and lets nobody in: it is looked up, and never connected to.
//
// Thread-safe. Must outlive the places it gave.
class SessionTable {
 public:
  // A session's place in the table: gone from it when this is destroyed. Can be moved.
  class Place {
   public:
    Place() = default;  // None.
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

    // 36 of a-z, 0-9 and hyphen.
    const std::string& name() const { return name_; }

   private:
    friend class SessionTable;
    Place(SessionTable* table, std::string name) : table_(table), name_(std::move(name)) {}
    void Leave();

    SessionTable* table_ = nullptr;
    std::string name_;
  };

  // `random` must outlive it, and nobody may be able to foretell it.
  explicit SessionTable(Random& random) : random_(random) {}

  // Gives a session a name. `end` ends it soon: it may be called from any thread, more than once,
  // and also a little after the place was left.
  Place Enter(SessionFacts facts, std::function<void()> end);

  // The session of that name; null if there is none, or no longer.
  std::shared_ptr<const SessionFacts> Find(std::string_view name) const;

  // Ends all sessions of a certificate; how many those are. Whoever calls it must have ended before
  // the gate does.
  size_t End(const Digest& certificate);

  size_t CountOf(const Digest& certificate) const;
  std::vector<SessionFacts> List() const;

 private:
  struct Session {
    std::shared_ptr<const SessionFacts> facts;  // Shared with who looks it up.
    std::function<void()> end;
  };

  void Remove(const std::string& name);

  Random& random_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_SESSION_TABLE_H_
