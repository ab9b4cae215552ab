#ifndef CBM_SERVER_SERVICE_UNARY_CALL_H_
#define CBM_SERVER_SERVICE_UNARY_CALL_H_

#include <functional>
#include <memory>
#include <utility>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "server/service/call_queue.h"

namespace cbm {

// A unary call that has come, of whatever method.
class OpenCall {
 public:
  virtual const grpc::ServerContext& context() const = 0;

  // Answers: with the response if the status is OK. Exactly once, from any thread; afterwards
  // nothing of the call may be touched. Request and response are freed at once, not when the client
  // has taken the answer.
  virtual void Finish(const grpc::Status& status) = 0;

  // Has `work` done when the answer was sent, or cannot be any more. Before Finish, at most once.
  virtual void AtEnd(std::function<void()> work) = 0;

 protected:
  ~OpenCall() = default;
};

// A unary call of one method, from being waited for to the end of its answer. It belongs to gRPC's
// queue: it is made and deletes itself on that thread.
template <typename Request, typename Response>
class UnaryCall final : public OpenCall, private CallEvent {
 public:
  using Writer = grpc::ServerAsyncResponseWriter<Response>;

  struct Method {
    // The method of the generated service that asks gRPC for the next call: Request and its name.
    std::function<void(grpc::ServerContext*, Request*, Writer*, grpc::CompletionQueue*,
                       grpc::ServerCompletionQueue*, void*)>
        ask;
    // Called on the queue's thread. Sees to it that the call is finished, then or later.
    std::function<void(UnaryCall&)> take;
  };

  // Takes all calls of the method that gRPC tells `queue` of. What `method` uses must outlive the
  // queue.
  static void Serve(CallQueue& queue, Method method) {
    const auto shared = std::make_shared<const Method>(std::move(method));
    for (int i = 0; i < kWaitedFor; ++i) {
      WaitForNext(queue, shared);
    }
  }

  Request& request() { return request_; }
  Response& response() { return response_; }
  const grpc::ServerContext& context() const override { return context_; }

  void AtEnd(std::function<void()> work) override { at_end_ = std::move(work); }

  void Finish(const grpc::Status& status) override {
    // Once gRPC has it, this may be deleted.
    const Request request = std::move(request_);
    const Response response = std::move(response_);
    if (status.ok()) {
      writer_.Finish(response, status, tag());
    } else {
      writer_.FinishWithError(status, tag());
    }
  }

 private:
  // More than one, so that those that come together need not wait for each other's beginning.
  static constexpr int kWaitedFor = 8;

  UnaryCall(CallQueue& queue, std::shared_ptr<const Method> method)
      : queue_(queue), use_(queue), method_(std::move(method)) {}

  static void WaitForNext(CallQueue& queue, const std::shared_ptr<const Method>& method) {
    auto* const call = new UnaryCall(queue, method);
    method->ask(&call->context_, &call->request_, &call->writer_, &queue.grpc(), &queue.grpc(),
                call->tag());
  }

  void Happened(bool ok) override {
    if (!has_come_ && ok) {
      has_come_ = true;
      WaitForNext(queue_, method_);
      method_->take(*this);
      return;
    }
    if (at_end_ != nullptr) {
      at_end_();
    }
    delete this;  // Also what will not come, for the server is going down.
  }

  CallQueue& queue_;
  const CallQueue::Use use_;  // Given up last.
  const std::shared_ptr<const Method> method_;
  bool has_come_ = false;  // What is told after that is the end of the answer.
  grpc::ServerContext context_;
  Request request_;
  Response response_;
  Writer writer_{&context_};
  std::function<void()> at_end_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_UNARY_CALL_H_
