#ifndef CBM_SERVER_SERVICE_UNARY_CALL_H_
#define CBM_SERVER_SERVICE_UNARY_CALL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/service/call_queue.h"
#include "server/service/request.h"

namespace cbm {

// The method of a generated service that asks gRPC for the next call of one method: Request and its
// name, of a service that gives bytes.
using AskForCall = std::function<void(grpc::ServerContext*, grpc::ByteBuffer*,
                                      grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>*,
                                      grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*)>;

// A unary call that has come, of whatever method.
class OpenCall {
 public:
  virtual const grpc::ServerContext& context() const = 0;

  // How long the request is, as it came.
  virtual size_t request_bytes() const = 0;

  // Reads the request, if it was not read before: not before it is known to be short enough, since
  // what is read can take many times as much memory. INVALID_ARGUMENT as the function of that name.
  virtual absl::Status ReadRequest() = 0;

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
//
// gRPC gives and takes bytes. Because: it would read a request into the call that is waited for,
// before anybody has looked at who sent it and how long it is, and leave what cannot be read there
// for as long as nobody calls.
template <typename Request, typename Response>
class UnaryCall final : public OpenCall, private CallEvent {
 public:
  struct Method {
    AskForCall ask;
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

  // Empty until it was read.
  Request& request() { return request_; }
  Response& response() { return response_; }
  const grpc::ServerContext& context() const override { return context_; }
  size_t request_bytes() const override { return request_bytes_; }

  absl::Status ReadRequest() override {
    if (!read_.has_value()) {
      read_ = cbm::ReadRequest(bytes_, request_);
    }
    return *read_;
  }

  void AtEnd(std::function<void()> work) override { at_end_ = std::move(work); }

  void Finish(const grpc::Status& status) override {
    // Once gRPC has it, this may be deleted.
    const Request request = std::move(request_);
    const Response response = std::move(response_);
    bytes_.Clear();
    grpc::ByteBuffer answer;
    bool own_buffer = false;
    grpc::Status made = status;
    if (made.ok()) {
      made = grpc::SerializationTraits<Response>::Serialize(response, &answer, &own_buffer);
    }
    if (made.ok()) {
      writer_.Finish(answer, made, tag());
    } else {
      writer_.FinishWithError(made, tag());
    }
  }

 private:
  // More than one, so that those that come together need not wait for each other's beginning.
  static constexpr int kWaitedFor = 8;

  UnaryCall(CallQueue& queue, std::shared_ptr<const Method> method)
      : queue_(queue), use_(queue), method_(std::move(method)) {}

  static void WaitForNext(CallQueue& queue, const std::shared_ptr<const Method>& method) {
    auto* const call = new UnaryCall(queue, method);
    method->ask(&call->context_, &call->bytes_, &call->writer_, &queue.grpc(), &queue.grpc(),
                call->tag());
  }

  void Happened(bool ok) override {
    if (!has_come_ && ok) {
      has_come_ = true;
      request_bytes_ = bytes_.Length();
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
  grpc::ByteBuffer bytes_;  // The request, until it is read.
  size_t request_bytes_ = 0;
  std::optional<absl::Status> read_;  // What came of that.
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_{&context_};
  std::function<void()> at_end_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_UNARY_CALL_H_
