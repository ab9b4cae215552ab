#include "server/gate/gate.h"

#include <array>
#include <future>
#include <optional>
#include <span>
#include <thread>
#include <unordered_set>
#include <utility>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "server/gate/acceptor.h"
#include "server/gate/block_signals.h"

namespace cbm {
namespace {

// How often it is looked whose time is up.
constexpr std::chrono::milliseconds kSweepEvery{250};

// One record of TLS has 16 KiB.
constexpr size_t kScratchBytes = size_t{32} << 10;

std::span<char> ScratchOfThread() {
  thread_local std::array<char, kScratchBytes> scratch;
  return scratch;
}

}  // namespace

// One thread, and the sessions that are its own.
struct Gate::Worker {
  Worker() : timer(io), work(boost::asio::make_work_guard(io)) {
    SweepLater();
    thread = std::thread([this] {
      BlockSignals();
      io.run();
    });
  }

  void SweepLater() {
    timer.expires_after(kSweepEvery);
    timer.async_wait([this](const boost::system::error_code& error) {
      // A wait that was over when it was cancelled comes without an error.
      if (!error && !stopping) {
        Sweep();
        SweepLater();
      }
    });
  }

  void Sweep() {
    if (now == nullptr) {
      return;
    }
    const SteadyTime time = now();
    for (const std::shared_ptr<Session>& session : sessions) {
      session->Sweep(time);
    }
    if (balancer.has_value()) {
      balancer->Sweep(time);
    }
    std::erase_if(sessions, [](const auto& session) { return session->is_done(); });
  }

  boost::asio::io_context io{1};  // One thread runs it.
  boost::asio::steady_timer timer;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::function<SteadyTime()> now;
  std::unordered_set<std::shared_ptr<Session>> sessions;  // Shared with their own waits.
  std::optional<Balancer> balancer;                       // Of the first worker alone, as is
  std::optional<Acceptor> acceptor;                       // this, which calls it.
  bool stopping = false;                                  // Then nothing is waited for any more.
  std::thread thread;                                     // The last, since it uses the rest.
};

Gate::Gate(const GateLimits& limits, GateParts parts, std::shared_ptr<const TlsContext> tls)
    : penalties_(limits.penalties),
      parts_{.limits = limits.session,
             .table = parts.table,
             .penalties = penalties_,
             .handshaker = handshaker_,
             .clock = parts.clock,
             .now = parts.now,
             .deliver = std::move(parts.deliver),
             .on_done = [this] { OnSessionDone(); },
             .observer = parts.observer,
             .scratch = &ScratchOfThread},
      observer_(std::move(parts.observer)),
      balancers_(limits.balancers),
      balancer_limits_({.waiting_max = limits.admission.handshakes_max,
                        .wait_max = limits.session.handshake_max}),
      admission_(limits.admission),
      tls_(std::move(tls)),
      handshaker_(limits.handshake_threads) {
  for (uint32_t i = 0; i < limits.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>());
  }
  OnEach([this](Worker& worker) { worker.now = parts_.now; });
}

Gate::~Gate() { Stop(std::chrono::milliseconds(0)); }

template <typename Work>
void Gate::OnEach(Work work) {
  for (const std::unique_ptr<Worker>& worker : workers_) {
    std::promise<void> done;
    boost::asio::post(worker->io, [&] {
      work(*worker);
      done.set_value();
    });
    done.get_future().wait();
  }
}

absl::StatusOr<std::string> Gate::Listen(const std::string& listen) {
  absl::StatusOr<std::string> address;
  OnEach([&](Worker& worker) {
    if (&worker != workers_.front().get()) {
      return;
    }
    Balancer& balancer = worker.balancer.emplace(
        worker.io, balancers_, balancer_limits_, parts_.now,
        [this](Descriptor connection, const Source& source) {
          OnAccept(std::move(connection), source);
        },
        observer_);
    worker.acceptor.emplace(
        worker.io,
        [this, &balancer](Descriptor connection, const sockaddr_storage& peer) {
          if (balancer.IsFrom(peer)) {
            balancer.Take(std::move(connection), peer);
          } else {
            OnAccept(std::move(connection), SourceOf(peer));
          }
        },
        [this] {
          if (observer_ != nullptr) {
            observer_({.kind = GateEvent::Kind::kTrouble,
                       .reason = "there are no descriptors left: connections are turned away",
                       .source = {}});
          }
        });
    address = worker.acceptor->Listen(listen);
  });
  return address;
}

void Gate::OnAccept(Descriptor connection, const Source& source) {
  Worker& worker = *workers_[next_worker_];
  next_worker_ = (next_worker_ + 1) % workers_.size();
  // Nothing is made for one who is not let in. Both this and giving way are of this thread.
  const auto admitted = std::make_shared<std::weak_ptr<Session>>();
  absl::StatusOr<Admission::Place> place = admission_.Admit(source, parts_.now(), [admitted] {
    if (const std::shared_ptr<Session> self = admitted->lock(); self != nullptr) {
      self->GiveWay();
    }
  });
  if (!place.ok()) {
    if (observer_ != nullptr) {
      observer_({.kind = GateEvent::Kind::kRefused,
                 .reason = std::string(place.status().message()),
                 .source = source.name});
    }
    return;
  }
  auto session = std::make_shared<Session>(
      worker.io, parts_,
      Session::Arrival{.connection = std::move(connection), .source = source.name, .tls = Tls()});
  *admitted = session;
  {
    const MutexLock lock(mutex_);
    ++sessions_;
  }
  // A copyable function is wanted, and a place can only be moved.
  auto held = std::make_shared<Admission::Place>(*std::move(place));
  boost::asio::post(worker.io, [&worker, session, held] {
    worker.sessions.insert(session);
    session->Start(std::move(*held));
  });
}

void Gate::OnSessionDone() {
  const MutexLock lock(mutex_);
  if (--sessions_ == 0) {
    none_left_.NotifyAll();
  }
}

std::shared_ptr<const TlsContext> Gate::Tls() {
  const MutexLock lock(mutex_);
  return tls_;
}

void Gate::SetTls(std::shared_ptr<const TlsContext> tls) {
  const MutexLock lock(mutex_);
  tls_.swap(tls);
}

void Gate::StopAccepting() {
  if (stopped_) {
    return;
  }
  OnEach([](Worker& worker) {
    if (worker.acceptor.has_value()) {
      worker.acceptor->Close();
      worker.balancer->Close();
    }
  });
  OnEach([](Worker& worker) {
    for (const std::shared_ptr<Session>& session : worker.sessions) {
      session->CutHandshake();
    }
  });
}

void Gate::Stop(std::chrono::milliseconds within) {
  if (stopped_) {
    return;
  }
  StopAccepting();
  stopped_ = true;
  const SteadyTime end = std::chrono::steady_clock::now() + within;
  {
    const MutexLock lock(mutex_);
    while (sessions_ > 0 && std::chrono::steady_clock::now() < end) {
      none_left_.WaitFor(mutex_, end - std::chrono::steady_clock::now());
    }
  }
  handshaker_.Stop();
  OnEach([](Worker& worker) {
    for (const std::shared_ptr<Session>& session : worker.sessions) {
      session->Cut();
    }
    worker.sessions.clear();
    worker.stopping = true;
    boost::system::error_code ignored;
    worker.timer.cancel(ignored);
    worker.acceptor.reset();
    worker.balancer.reset();
    worker.work.reset();
  });
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread.join();  // What the waits hold of sessions is gone with them.
  }
}

}  // namespace cbm
