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

// What `work` says, or INTERNAL if it throws: a fault of ours in reading or checking what a call
// brings, or in making its answer, fails that call, and not everybody's.
absl::Status Guard(const std::function<absl::Status()>& work);

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
// Reads are done on the queue's thread, and there is no pool for them. Because: readers of the
// store wait for no writer, each read is bounded (a page, a proof, one content), and handing it to
// another thread would cost more than the read.
//
// Thread-safe. Must outlive the calls.
class CallPolicy {
 public:
  // The context must outlive it.
  explicit CallPolicy(const ServiceContext& context);

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
  // must be a literal. An answer counts for the party until it is sent:
  // RESOURCE_EXHAUSTED if too much of its answers waits.
  template <typename Request, typename Response>
  void ServeReads(CallQueue& queue, std::string_view method, const AskForCall& ask,
                  std::function<absl::Status(const Caller&, const Request&, Response&)> body) {
    UnaryCall<Request, Response>::Serve(
        queue, {.ask = ask,
                .take = [this, method, body = std::move(body)](UnaryCall<Request, Response>& call) {
                  Read(call, method, call.response(), [&](const Caller& caller) {
                    return body(caller, call.request(), call.response());
                  });
                }});
  }

  // Takes the bytes of an answer to a read from the allowance of who made it.
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

  // A whole read, which is finished before this returns.
  void Read(OpenCall& open, std::string_view method, const google::protobuf::MessageLite& response,
            const std::function<absl::Status(const Caller&)>& body);

  // Takes what is asked for from the caller's allowances; then whether it is too large.
  absl::Status Charge(const Caller& caller, const Asked& asked);

  const ServiceContext& context_;
  RateLimiter acts_;
  RateLimiter emergencies_;
  RateLimiter reads_;
  UntakenAnswers untaken_;
  LineBudgets refused_lines_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_CALL_H_
