#include "server/program/gate_log.h"

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/hex.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string_view NameOf(Http2Error error) {
  switch (error) {
    case Http2Error::kNoError:
      return "NO_ERROR";
    case Http2Error::kProtocolError:
      return "PROTOCOL_ERROR";
    case Http2Error::kFrameSizeError:
      return "FRAME_SIZE_ERROR";
    case Http2Error::kEnhanceYourCalm:
      return "ENHANCE_YOUR_CALM";
    case Http2Error::kInadequateSecurity:
      return "INADEQUATE_SECURITY";
  }
  return "";
}

// Whose budget a line is of.
constexpr std::string_view kTrouble = "trouble";
constexpr std::string_view kStrangers = "strangers";

std::string PayerOf(std::string_view what, const Certificate& certificate) {
  return fmt::format("{} {}", what, ToHex(BytesOf(certificate.fingerprint())));
}

// Whether who it is about has shown a key.
bool IsOfASession(const GateEvent& event) {
  return event.kind == GateEvent::Kind::kEnded && event.certificate.has_value();
}

}  // namespace

GateLog::GateLog(Log& log, const Store& store)
    : log_(log), store_(store), thread_([this] { Run(); }) {}

GateLog::~GateLog() {
  Stop();
  thread_.join();
}

void GateLog::Write(const GateEvent& event, SteadyTime now) {
  Line line{.event = event, .at = now};
  const bool is_trouble = event.kind == GateEvent::Kind::kTrouble;
  const bool is_of_session = IsOfASession(event);
  if (is_trouble || is_of_session) {
    const std::optional<uint64_t> left_out = lines_at_once_.Take(
        is_trouble ? std::string(kTrouble) : PayerOf("ended", *event.certificate),
        now.time_since_epoch());
    if (!left_out.has_value()) {
      return;
    }
    line.left_out = *left_out;
  }
  if (is_trouble) {
    log_.Error("gate_trouble", {{"reason", event.reason}, {"lines_left_out", line.left_out}});
    return;
  }
  {
    const MutexLock lock(mutex_);
    std::deque<Line>& waiting = is_of_session ? ended_ : others_;
    const bool has_room = waiting.size() < (is_of_session ? kEndedWaitingMax : kRefusedWaitingMax);
    if (!is_over_ && has_room) {
      waiting.push_back(std::move(line));
      came_.NotifyAll();
      return;
    }
    if (!is_over_ && !is_of_session) {
      ++others_left_out_;
      return;
    }
  }
  WriteWaiting(line, std::nullopt);
}

void GateLog::Stop() {
  std::deque<Line> ended;
  std::deque<Line> others;
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
    ended.swap(ended_);
    others.swap(others_);
    came_.NotifyAll();
  }
  for (const std::deque<Line>& lines : {std::cref(ended), std::cref(others)}) {
    for (const Line& line : lines) {
      WriteWaiting(line, std::nullopt);
    }
  }
}

void GateLog::Flush() {
  const MutexLock lock(mutex_);
  while (is_busy_ || !ended_.empty() || !others_.empty()) {
    done_.Wait(mutex_);
  }
}

void GateLog::Run() {
  while (const std::optional<Line> line = Next()) {
    WriteWaiting(*line, HolderOf(*line));
  }
}

std::optional<GateLog::Line> GateLog::Next() {
  const MutexLock lock(mutex_);
  is_busy_ = false;
  done_.NotifyAll();
  while (ended_.empty() && others_.empty() && !is_over_) {
    came_.Wait(mutex_);
  }
  if (is_over_) {
    return std::nullopt;
  }
  is_busy_ = true;
  std::deque<Line>& waiting = ended_.empty() ? others_ : ended_;
  std::optional<Line> next = std::move(waiting.front());
  waiting.pop_front();
  return next;
}

GateLog::Holder GateLog::HolderOf(const Line& line) const {
  if (!line.event.certificate.has_value()) {
    return std::nullopt;
  }
  const absl::StatusOr<std::optional<std::string>> value =
      store_.FindCredential(line.event.certificate->fingerprint());
  v1::CredentialRecord record;
  if (!value.ok() || !value->has_value() || !record.ParseFromString(**value)) {
    return std::nullopt;
  }
  return record;
}

void GateLog::WriteWaiting(const Line& line, const Holder& holder) {
  if (IsOfASession(line.event)) {
    WriteLine(line, holder, line.left_out);
    return;
  }
  const std::optional<uint64_t> left_out = lines_of_refused_.Take(
      holder.has_value() ? PayerOf("refused", *line.event.certificate) : std::string(kStrangers),
      line.at.time_since_epoch());
  if (!left_out.has_value()) {
    return;
  }
  uint64_t had_no_room = 0;
  if (!holder.has_value()) {
    const MutexLock lock(mutex_);
    had_no_room = std::exchange(others_left_out_, 0);
  }
  WriteLine(line, holder, *left_out + had_no_room);
}

void GateLog::WriteLine(const Line& line, const Holder& holder, uint64_t left_out) {
  const GateEvent& event = line.event;
  const bool is_refused = event.kind == GateEvent::Kind::kRefused;
  const LogKey name = is_refused ? LogKey("gate_refused") : LogKey("gate_ended");
  if (!event.certificate.has_value()) {
    log_.Warning(
        name, {{"reason", event.reason}, {"source", event.source}, {"lines_left_out", left_out}});
    return;
  }
  const Certificate& certificate = *event.certificate;
  const v1::CredentialRecord record = holder.value_or(v1::CredentialRecord());
  log_.Warning(name, {{"reason", event.reason},
                      {"http2_error", is_refused ? std::string_view() : NameOf(event.error)},
                      {"source", event.source},
                      {"party", record.party()},
                      {"office", record.office()},
                      {"issuer", certificate.issuer()},
                      {"serial", certificate.serial()},
                      {"certificate", ToHex(BytesOf(certificate.fingerprint()))},
                      {"lines_left_out", left_out}});
}

}  // namespace cbm
