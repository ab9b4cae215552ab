#include "server/program/gate_log.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "cbm/v1/directory.pb.h"
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
    case Http2Error::kCancel:
      return "CANCEL";
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

// Whether who it is about has shown his key, and was believed.
bool WasLetIn(const GateEvent& event) {
  return event.certificate.has_value() &&
         (event.kind == GateEvent::Kind::kEnded || event.holder.has_value());
}

std::string PayerOfLetIn(const GateEvent& event) {
  const bool is_ended = event.kind == GateEvent::Kind::kEnded;
  return PayerOf(is_ended ? "ended" : "found no place", *event.certificate);
}

}  // namespace

GateLog::GateLog(Log& log, const Store& store)
    : log_(log), store_(store), thread_([this] { Run(); }) {}

GateLog::~GateLog() {
  Stop();
  thread_.join();
}

void GateLog::Write(const GateEvent& event, SteadyTime now) {
  if (event.kind == GateEvent::Kind::kTrouble || WasLetIn(event)) {
    WriteAtOnce(event, now);
    return;
  }
  Line line{.event = event, .at = now};
  {
    const MutexLock lock(mutex_);
    if (!is_over_ && waiting_.size() == kWaitingMax) {
      ++had_no_room_;
      return;
    }
    if (!is_over_) {
      waiting_.push_back(std::move(line));
      came_.NotifyAll();
      return;
    }
  }
  WriteWaiting(line, std::nullopt);
}

void GateLog::WriteAtOnce(const GateEvent& event, SteadyTime now) {
  const bool is_trouble = event.kind == GateEvent::Kind::kTrouble;
  const std::optional<uint64_t> left_out = lines_at_once_.Take(
      is_trouble ? std::string(kTrouble) : PayerOfLetIn(event), now.time_since_epoch());
  if (!left_out.has_value()) {
    return;
  }
  if (is_trouble) {
    log_.Error("gate_trouble", {{"reason", event.reason}, {"lines_left_out", *left_out}});
    return;
  }
  WriteLine(event, event.holder, *left_out);
}

void GateLog::Stop() {
  std::deque<Line> waiting;
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
    waiting.swap(waiting_);
    came_.NotifyAll();
  }
  for (const Line& line : waiting) {
    WriteWaiting(line, std::nullopt);
  }
}

void GateLog::Flush() {
  const MutexLock lock(mutex_);
  while (is_busy_ || !waiting_.empty()) {
    done_.Wait(mutex_);
  }
}

void GateLog::Run() {
  while (const std::optional<Line> line = Next()) {
    WriteWaiting(*line, HolderOf(line->event));
  }
}

std::optional<GateLog::Line> GateLog::Next() {
  const MutexLock lock(mutex_);
  is_busy_ = false;
  done_.NotifyAll();
  while (waiting_.empty() && !is_over_) {
    came_.Wait(mutex_);
  }
  if (is_over_) {
    return std::nullopt;
  }
  is_busy_ = true;
  std::optional<Line> next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

GateLog::Holder GateLog::HolderOf(const GateEvent& event) const {
  if (!event.certificate.has_value()) {
    return std::nullopt;
  }
  const absl::StatusOr<std::optional<std::string>> value =
      store_.FindCredential(event.certificate->fingerprint());
  v1::CredentialRecord record;
  if (!value.ok() || !value->has_value() || !record.ParseFromString(**value)) {
    return std::nullopt;
  }
  return HolderName{.party = record.party(), .office = record.office()};
}

void GateLog::WriteWaiting(const Line& line, const Holder& holder) {
  const std::optional<uint64_t> left_out = lines_that_waited_.Take(
      holder.has_value() ? PayerOf("refused", *line.event.certificate) : std::string(kStrangers),
      line.at.time_since_epoch());
  if (!left_out.has_value()) {
    return;
  }
  uint64_t had_no_room = 0;
  if (!holder.has_value()) {
    const MutexLock lock(mutex_);
    had_no_room = std::exchange(had_no_room_, 0);
  }
  WriteLine(line.event, holder, *left_out + had_no_room);
}

void GateLog::WriteLine(const GateEvent& event, const Holder& holder, uint64_t left_out) {
  const bool is_refused = event.kind == GateEvent::Kind::kRefused;
  const LogKey name = is_refused ? LogKey("gate_refused") : LogKey("gate_ended");
  if (!event.certificate.has_value()) {
    log_.Warning(
        name, {{"reason", event.reason}, {"source", event.source}, {"lines_left_out", left_out}});
    return;
  }
  const Certificate& certificate = *event.certificate;
  const HolderName registered_to = holder.value_or(HolderName());
  log_.Warning(name, {{"reason", event.reason},
                      {"http2_error", is_refused ? std::string_view() : NameOf(event.error)},
                      {"source", event.source},
                      {"party", registered_to.party},
                      {"office", registered_to.office},
                      {"issuer", certificate.issuer()},
                      {"serial", certificate.serial()},
                      {"certificate", ToHex(BytesOf(certificate.fingerprint()))},
                      {"lines_left_out", left_out}});
}

}  // namespace cbm
