#ifndef CBM_SERVER_SERVICE_CALL_H_
#define CBM_SERVER_SERVICE_CALL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/server_context.h"
#include "server/ops/line_budgets.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"
#include "server/service/fair_executor.h"
#include "server/service/rate_limiter.h"
#include "server/service/unary_call.h"
#include "server/service/untaken_answers.h"

namespace cbm {

// What a call draws on: the State's allowance of acts, or of reads. Only with an act may somebody
// call who is not active and may still renew: see Caller.
enum class CallKind { kRead, kAct };

// Who makes a call, as its line in the log says: both are empty if that is nobody, or cannot be
// told.
struct CallerName {
  std::string party;
  std::string office;
};

class CallPolicy;

// One unary call, from its arrival to its answer. It is shared with whoever will answer it, perhaps
// another thread.
class Call {
 public:
  // OK if the call may go on; else finish it with this.
  const absl::Status& admitted() const { return admitted_; }

  // Precondition: admitted() is OK.
  const Caller& caller() const { return *caller_; }

  // Answers, and writes the call's line in the log: LogCall or LogRefused. Exactly once; afterwards
  // request, response and context must not be touched.
  void Finish(const absl::Status& status);

 private:
  friend class CallPolicy;

  Call(CallPolicy& policy, std::string_view method, OpenCall& call);

  CallPolicy& policy_;
  const std::string_view method_;
  const absl::Time began_;
  OpenCall& call_;
  CallerName name_;
  std::optional<Caller> caller_;
  absl::Status admitted_;
};

// What every call must pass, in this order: who calls, how fast the party calls, how large the
// request is: so a request that is too large takes as much from the party's rates as if it were
// not. A party's EMERGENCY acts have an allowance of their own besides, so that whatever else it
// sends cannot keep them back.
//
// Reads are done by threads of their own, each party in its turn. Because: each is bounded (a page,
// a proof, one content), but one party may ask for hundreds at once, and on the queue's thread they
// would stand before everybody's acts. Acts wait for no turn there: a party has few at once.
//
// Thread-safe. Must outlive the calls.
class CallPolicy {
 public:
  // The context must outlive it.
  CallPolicy(const ServiceContext& context, unsigned reading_threads);

  // What a call asks for, as far as its admission depends on it.
  struct Asked {
    CallKind kind = CallKind::kRead;
    size_t request_bytes = 0;
    // Whether it is an EMERGENCY act. Asked only where the party's allowance of acts is used up,
    // and of no request that is too long.
    std::function<bool()> is_emergency = [] { return false; };
  };

  // Who makes a call, also if it may not go on.
  struct Arrival {
    CallerName name;
    absl::StatusOr<Caller> caller;
  };

  // Whether the call may go on, and who makes it.
  //
  // UNAUTHENTICATED, INVALID_ARGUMENT (the request has too many bytes), RESOURCE_EXHAUSTED.
  Arrival Admit(const grpc::ServerContextBase& context, const Asked& asked);

  // Begins a call that is answered by Finish. `method` must be a literal.
  std::shared_ptr<Call> Begin(OpenCall& open, std::string_view method, const Asked& asked);

  // Takes all calls of a method that reads: `body` fills the response, or says why not. `method`
  // must be a literal. An answer counts for the party until it is sent.
  //
  // RESOURCE_EXHAUSTED if too much of the party's answers waits to be sent, or of its calls for
  // their turn; DEADLINE_EXCEEDED if its deadline has passed when that comes; UNAUTHENTICATED if
  // its credential is not active any more by then.
  template <typename Request, typename Response>
  void ServeReads(CallQueue& queue, std::string_view method, const AskForCall& ask,
                  std::function<absl::Status(const Caller&, const Request&, Response&)> body) {
    UnaryCall<Request, Response>::Serve(
        queue, {.ask = ask,
                .take = [this, method, body = std::move(body)](UnaryCall<Request, Response>& call) {
                  // What is taken here is the call's for as long as it lives.
                  Read(call, method, call.response(), [&body, &call](const Caller& caller) {
                    return body(caller, call.request(), call.response());
                  });
                }});
  }

  // Takes bytes from the allowance of who makes a read: of its answer, and what was looked at for
  // it besides.
  void ChargeRead(const Caller& caller, size_t bytes);

  // One line for a call that was admitted and has ended: what, who, with which code, how long it
  // took; never content.
  void LogCall(std::string_view method, const Caller& caller, const absl::Status& status,
               absl::Time began);

  // The same for one that was not admitted, which no rate bounds. An office has 100 such lines at
  // once and 10 a second; those of its credentials that are not active have as many of their own,
  // and so has everybody who is nobody. The next line says how many were left out.
  void LogRefused(std::string_view method, const CallerName& name, const absl::Status& status,
                  absl::Time began);

 private:
  friend class Call;

  using Body = std::function<absl::Status(const Caller&)>;

  // Has a read done in its party's turn.
  void Read(OpenCall& open, std::string_view method, const google::protobuf::MessageLite& response,
            Body body);
  // Does it, and answers.
  void ReadNow(OpenCall& open, const std::shared_ptr<Call>& call,
               const google::protobuf::MessageLite& response, const Body& body);

  // Takes what is asked for from the caller's allowances; then whether it is too large.
  absl::Status Charge(const Caller& caller, const Asked& asked);

  const ServiceContext& context_;
  RateLimiter acts_;
  RateLimiter emergencies_;
  RateLimiter reads_;
  UntakenAnswers untaken_;
  LineBudgets refused_lines_;
  FairExecutor readers_;  // Destroyed first: its work uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_CALL_H_
