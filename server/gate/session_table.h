#ifndef CBM_SERVER_GATE_SESSION_TABLE_H_
#define CBM_SERVER_GATE_SESSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
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
  std::string owner;   // Whose sessions and calls are counted together: TlsContext::Admit.
  bool was_active;     // When it was let in.
  absl::Time since;
};

// Whose connection is whose: by an unguessable name that the gate's end of each private connection
// has, and that is never given twice. Nothing else in the exchange says who a caller is.
//
// A name tells nobody anything and lets nobody in: it is looked up, and never connected to.
//
// What an owner may have is shared by his certificates: one alone may have half of it, so that who
// has stolen one key does not keep out who would suspend it with another.
//
// Thread-safe. Must outlive the places it gave.
class SessionTable {
 public:
  // Whether there was room, or else what of it is used up.
  enum class Room { kEnough, kCertificateFull, kOwnerFull };

  // A session's place in the table: gone from it when this is destroyed. Can be moved.
  class Place {
   public:
    Place() = default;  // None.
    Place(Place&& other) noexcept;
    Place& operator=(Place&& other) noexcept;
    ~Place();

    // 36 of a-z, 0-9 and hyphen.
    const std::string& name() const { return name_; }

    // From now on the session is nobody's. It still counts for its owner.
    void Disown();

    // The session has so many calls now. If those are more than before and there is no room for
    // them, where the owner may have `max`, nothing has changed.
    Room SetCalls(uint32_t calls, uint32_t max);

   private:
    friend class SessionTable;
    Place(SessionTable* table, std::string name, std::string owner, const Digest& certificate)
        : table_(table),
          name_(std::move(name)),
          owner_(std::move(owner)),
          certificate_(certificate) {}
    void Leave();

    SessionTable* table_ = nullptr;
    std::string name_;
    std::string owner_;
    Digest certificate_ = {};
    uint32_t calls_ = 0;
  };

  // `random` must outlive it, and nobody may be able to foretell it.
  explicit SessionTable(Random& random) : random_(random) {}

  // Gives a session a name. `end` ends it soon: it may be called from any thread, more than once,
  // and also a little after the place was left.
  //
  // RESOURCE_EXHAUSTED if its owner has `sessions_max` places already, or its certificate half of
  // them (at least one).
  absl::StatusOr<Place> Enter(SessionFacts facts, uint32_t sessions_max, std::function<void()> end);

  // The session of that name; null if there is none, or no longer.
  std::shared_ptr<const SessionFacts> Find(std::string_view name) const;

  // Ends all sessions of a certificate; how many those are. Whoever calls it must have ended before
  // the gate does.
  size_t End(const Digest& certificate);

  // The places of an owner, those of sessions that are nobody's any more included.
  size_t CountOf(std::string_view owner) const;
  std::vector<SessionFacts> List() const;

 private:
  struct Session {
    std::shared_ptr<const SessionFacts> facts;  // Shared with who looks it up.
    std::function<void()> end;
  };

  struct Usage {
    uint32_t sessions = 0;
    uint32_t calls = 0;
  };

  // What an owner has, over all places.
  struct Holding {
    Usage all;
    std::map<Digest, Usage> of_certificate;
  };

  void Remove(const std::string& name);
  void GiveBack(const Place& place);
  Room ChangeCalls(const Place& place, uint32_t after, uint32_t max);

  Random& random_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  // Of whoever has a place, by the owner.
  std::map<std::string, Holding, std::less<>> holdings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_SESSION_TABLE_H_
