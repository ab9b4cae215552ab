#ifndef CBM_SERVER_SERVICE_CALL_QUEUE_H_
#define CBM_SERVER_SERVICE_CALL_QUEUE_H_

#include <cstddef>
#include <memory>
#include <thread>

#include "core/base/mutex.h"
#include "grpcpp/completion_queue.h"

namespace cbm {

// Something that gRPC tells of: that a call has come, that an answer was sent.
class CallEvent {
 public:
  // `ok` is what grpc::CompletionQueue::Next says of it. On the queue's thread.
  virtual void Happened(bool ok) = 0;

  // What gRPC is given, to tell of this by.
  void* tag() { return this; }

 protected:
  CallEvent() = default;
  ~CallEvent() = default;
};

// Where gRPC tells of calls, and the one thread that hears it and does what is to be done then: all
// of a call but what takes long.
//
// Thread-safe.
class CallQueue {
 public:
  // Before the server is built.
  explicit CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue);
  // Stops.
  ~CallQueue();
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  // Begins to hear, once, after the server was started and before the first use.
  void Start();

  // Waits until nothing uses it any more: each call that has come is answered, and none is waited
  // for. Then ends the thread. The server must have been shut down before; whoever is to answer
  // calls must go on, or have answered all.
  void Stop();

  grpc::ServerCompletionQueue& grpc() { return *queue_; }

  // Held by each call, from being waited for to its end.
  class Use {
   public:
    explicit Use(CallQueue& queue);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    CallQueue& queue_;
  };

 private:
  void Run();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  Mutex mutex_;
  Condition changed_;
  bool is_stopped_ = false;  // For the thread that stops it.
  size_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_CALL_QUEUE_H_
