#include "server/program/holder_lookup.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"

namespace cbm {
namespace {

constexpr size_t kQuestionsMax = 16;  // As many as the gate may have threads.

absl::Status NotNow() {
  return absl::UnavailableError("whose a certificate is cannot be told now");
}

}  // namespace

HolderLookup::HolderLookup(const Store& store, std::chrono::milliseconds wait_max)
    : store_(store), wait_max_(wait_max), thread_([this] { Answer(); }) {}

HolderLookup::~HolderLookup() {
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
    asked_.NotifyAll();
  }
  thread_.join();
}

absl::StatusOr<std::optional<std::string>> HolderLookup::Find(const Digest& certificate) {
  const auto question =
      std::make_shared<Question>(Question{.certificate = certificate, .answer = {}});
  const auto end = std::chrono::steady_clock::now() + wait_max_;
  const MutexLock lock(mutex_);
  if (is_late_ || questions_.size() >= kQuestionsMax) {
    return NotNow();
  }
  questions_.push_back(question);
  asked_.NotifyAll();
  while (!question->answer.has_value()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) {
      is_late_ = true;
      return NotNow();
    }
    answered_.WaitFor(mutex_, end - now);
  }
  return *question->answer;
}

void HolderLookup::Answer() {
  while (true) {
    std::shared_ptr<Question> question;
    {
      const MutexLock lock(mutex_);
      while (questions_.empty() && !is_over_) {
        asked_.Wait(mutex_);
      }
      if (is_over_) {
        return;
      }
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    absl::StatusOr<std::optional<std::string>> found = store_.FindCredential(question->certificate);
    const MutexLock lock(mutex_);
    question->answer = std::move(found);
    is_late_ = false;
    answered_.NotifyAll();
  }
}

}  // namespace cbm
