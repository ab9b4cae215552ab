#include "server/service/call_queue.h"

#include <utility>

namespace cbm {

CallQueue::CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : queue_(std::move(queue)) {}

CallQueue::~CallQueue() { Stop(); }

void CallQueue::Start() {
  thread_ = std::thread([this] { Run(); });
}

void CallQueue::Stop() {
  if (std::exchange(is_stopped_, true)) {
    return;
  }
  {
    const MutexLock lock(mutex_);
    while (uses_ != 0) {
      changed_.Wait(mutex_);
    }
  }
  queue_->Shutdown();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    Run();  // gRPC wants to be heard to the end.
  }
}

void CallQueue::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    static_cast<CallEvent*>(tag)->Happened(ok);
  }
}

CallQueue::Use::Use(CallQueue& queue) : queue_(queue) {
  const MutexLock lock(queue_.mutex_);
  ++queue_.uses_;
}

CallQueue::Use::~Use() {
  const MutexLock lock(queue_.mutex_);
  if (--queue_.uses_ == 0) {
    queue_.changed_.NotifyAll();
  }
}

}  // namespace cbm
