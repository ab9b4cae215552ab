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
#include "server/gate/call_use.h"

namespace cbm {

// One client's connection, as the gate verified it.
struct SessionFacts {
  Certificate certificate;
  std::string source;  // The client's address, without its port.
  std::string owner;   // Whose sessions and calls are counted together: TlsContext::Admit.
  std::string state;   // Whose owners' sessions and calls are: the same.
  bool was_active;     // When it was let in.
  absl::Time since;
};

// How many sessions there may be at once.
struct PlaceLimits {
  uint32_t owner = 0;  // Of one owner, half of them with one certificate (at least one).
  uint32_t state = 0;  // Of all owners of one State together.
};

// What calls may use of the server at once.
struct UseLimits {
  CallUse owner;  // Of one owner, half of it with one certificate.
  CallUse state;  // Of all owners of one State together.
};

// For a session that uses no more than this, one call, with an act that has some contents, all
// bounds are a quarter higher: kept free for what is urgent. Other sessions of the kind use it up:
// of a bound of 480 frames, ten that have a call of 30 frames each have all 300 of one certificate.
inline constexpr CallUse kFirstCall{
    .calls = 1, .request_frames = 32, .request_bytes = uint64_t{256} << 10};

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
  // Whether there was room. If not, whether that is the session's own fault: its certificate has
  // what one may have, and the session alone more than half of it, in short frames. Else others
  // have the most, or it sends several long requests at once, which who is honest may do.
  enum class Room { kEnough, kUsedUpByItself, kUsedUp };

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

    // The calls of the session use so much now. If any of it is more than before and there is no
    // room for that, nothing has changed.
    //
    // Some room is kept for kFirstCall: so an urgent act can be sent over a connection of its own,
    // whatever the owner's other sessions do that use more than that. It is not kept from many that
    // use no more.
    Room SetUse(const CallUse& use, const UseLimits& max);

   private:
    friend class SessionTable;
    Place(SessionTable* table, std::string name, std::string owner, std::string state,
          const Digest& certificate)
        : table_(table),
          name_(std::move(name)),
          owner_(std::move(owner)),
          state_(std::move(state)),
          certificate_(certificate) {}
    void Leave();

    SessionTable* table_ = nullptr;
    std::string name_;
    std::string owner_;
    std::string state_;
    Digest certificate_ = {};
    CallUse use_;
  };

  // `random` must outlive it, and nobody may be able to foretell it.
  explicit SessionTable(Random& random) : random_(random) {}

  // Gives a session a name. `end` ends it soon: it may be called from any thread, more than once,
  // and also a little after the place was left.
  //
  // RESOURCE_EXHAUSTED if its certificate, its owner or its State has as many places already as
  // `max` allows.
  absl::StatusOr<Place> Enter(SessionFacts facts, const PlaceLimits& max,
                              std::function<void()> end);

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
    CallUse calls;
  };

  // What an owner has, over all places.
  struct Holding {
    Usage all;
    std::map<Digest, Usage> of_certificate;
  };

  absl::Status CheckRoom(const std::string& owner, const std::string& state,
                         const Digest& certificate, const PlaceLimits& max) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const std::string& name);
  void GiveBack(const Place& place);
  Room ChangeUse(const Place& place, const CallUse& after, const UseLimits& max);

  Random& random_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  // Of whoever has a place, by the owner.
  std::map<std::string, Holding, std::less<>> holdings_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Usage> states_ ABSL_GUARDED_BY(mutex_);  // By State, of its owners.
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_SESSION_TABLE_H_
