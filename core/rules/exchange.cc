#include "core/rules/exchange.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr size_t kLogKeyBytes = 32;  // Ed25519.

absl::Status Incomplete(std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("the genesis document {}", what));
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::Duration Or(bool set, const google::protobuf::Duration& duration, absl::Duration otherwise) {
  return set ? ToDuration(duration) : otherwise;
}

absl::Status CheckClocks(const v1::Framework& framework) {
  const v1::Clocks& clocks = framework.clocks();
  for (const google::protobuf::Duration* clock :
       {&clocks.acknowledge_emergency(), &clocks.acknowledge_urgent(),
        &clocks.acknowledge_routine()}) {
    if (clock->seconds() <= 0) {
      return Incomplete(fmt::format("has no acknowledgement clocks for {}", framework.id()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFields(const v1::NotificationKind& kind) {
  std::set<std::string_view> seen;
  for (const v1::FieldRule& rule : kind.fields()) {
    CBM_RETURN_IF_ERROR(CheckFieldRule(rule));
    if (!seen.insert(rule.name()).second) {
      return Incomplete(fmt::format("has the field '{}' of {} twice", rule.name(), kind.kind()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Exchange> Exchange::Create(v1::Genesis genesis, std::string id,
                                          Validity secretariat) {
  if (genesis.purpose() != "cbm.v1/genesis" || genesis.version() != 1) {
    return Incomplete("is not of purpose cbm.v1/genesis, version 1");
  }
  if (genesis.log_key().size() != kLogKeyBytes) {
    return Incomplete("has no log key of 32 bytes");
  }
  if (genesis.secretariat_certificate().empty()) {
    return Incomplete("has no certificate of the secretariat");
  }
  Exchange exchange;
  exchange.id_ = std::move(id);
  exchange.genesis_ = std::move(genesis);
  exchange.secretariat_ = secretariat;
  for (int i = 0; i < exchange.genesis_.frameworks_size(); ++i) {
    const v1::Framework& framework = exchange.genesis_.frameworks(i);
    if (!LedgerId::Parse(LedgerId::All(framework.id()).text()).ok() ||
        !exchange.frameworks_.emplace(framework.id(), i).second) {
      return Incomplete(fmt::format("names a framework badly or twice: '{}'", framework.id()));
    }
    if (framework.languages().empty()) {
      return Incomplete(fmt::format("has no language for {}", framework.id()));
    }
    CBM_RETURN_IF_ERROR(CheckClocks(framework));
    for (const v1::Measure& measure : framework.measures()) {
      if (measure.id().empty() || !exchange.measures_.emplace(measure.id(), i).second) {
        return Incomplete(fmt::format("names a measure badly or twice: '{}'", measure.id()));
      }
    }
    std::set<std::string_view> seen;
    for (const v1::Member& member : framework.members()) {
      if (!IsStateCode(member.code()) || !seen.insert(member.code()).second ||
          member.membership() == v1::MEMBERSHIP_UNSPECIFIED) {
        return Incomplete(
            fmt::format("has a bad member of {}: '{}'", framework.id(), member.code()));
      }
      exchange.states_.emplace(member.code(), member.name());
      if (member.membership() == v1::MEMBERSHIP_PARTICIPATING) {
        exchange.memberships_[member.code()].push_back(framework.id());
      }
    }
  }
  for (auto& [state, frameworks] : exchange.memberships_) {
    std::sort(frameworks.begin(), frameworks.end());
  }
  if (exchange.frameworks_.empty()) {
    return Incomplete("has no framework");
  }
  for (int i = 0; i < exchange.genesis_.notification_kinds_size(); ++i) {
    const std::string& kind = exchange.genesis_.notification_kinds(i).kind();
    if (kind.empty() || !exchange.kinds_.emplace(kind, i).second) {
      return Incomplete(fmt::format("names a kind badly or twice: '{}'", kind));
    }
    CBM_RETURN_IF_ERROR(CheckFields(exchange.genesis_.notification_kinds(i)));
  }
  return exchange;
}

const v1::Framework* Exchange::FindFramework(std::string_view id) const {
  const auto found = frameworks_.find(id);
  return found == frameworks_.end() ? nullptr : &genesis_.frameworks(found->second);
}

const v1::NotificationKind* Exchange::FindKind(std::string_view kind) const {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? nullptr : &genesis_.notification_kinds(found->second);
}

const v1::Framework* Exchange::FrameworkOfMeasure(std::string_view measure) const {
  const auto found = measures_.find(measure);
  return found == measures_.end() ? nullptr : &genesis_.frameworks(found->second);
}

bool Exchange::IsState(std::string_view code) const { return states_.find(code) != states_.end(); }

std::string_view Exchange::NameOf(std::string_view code) const {
  const auto found = states_.find(code);
  return found == states_.end() ? code : std::string_view{found->second};
}

bool Exchange::Participates(std::string_view state, std::string_view framework) const {
  const auto found = memberships_.find(state);
  return found != memberships_.end() &&
         std::binary_search(found->second.begin(), found->second.end(), framework);
}

std::vector<std::string> Exchange::Participants(std::string_view framework) const {
  std::vector<std::string> states;
  for (const auto& [state, frameworks] : memberships_) {
    if (std::binary_search(frameworks.begin(), frameworks.end(), framework)) {
      states.push_back(state);
    }
  }
  return states;
}

std::vector<std::string> Exchange::FrameworksOf(std::string_view state) const {
  const auto found = memberships_.find(state);
  return found == memberships_.end() ? std::vector<std::string>() : found->second;
}

std::vector<LedgerId> Exchange::AllLedgersOf(const LedgerId& ledger) const {
  std::vector<LedgerId> ledgers;
  if (ledger == LedgerId::Secretariat() || ledger.text().starts_with("chair/")) {
    for (const auto& [framework, index] : frameworks_) {
      ledgers.push_back(LedgerId::All(framework));
    }
  } else {
    for (const std::string& framework : FrameworksOf(ledger.state())) {
      ledgers.push_back(LedgerId::All(framework));
    }
  }
  return ledgers;
}

absl::Duration Exchange::AcknowledgeWithin(v1::Precedence precedence,
                                           std::string_view measure) const {
  const v1::Clocks& clocks = ClocksOf(measure);
  switch (precedence) {
    case v1::PRECEDENCE_EMERGENCY:
      return ToDuration(clocks.acknowledge_emergency());
    case v1::PRECEDENCE_URGENT:
      return ToDuration(clocks.acknowledge_urgent());
    default:
      return ToDuration(clocks.acknowledge_routine());
  }
}

absl::Duration Exchange::AnswerWithin(v1::Precedence precedence, std::string_view measure) const {
  const v1::Clocks& clocks = ClocksOf(measure);
  return precedence == v1::PRECEDENCE_ROUTINE
             ? Or(clocks.has_answer_routine(), clocks.answer_routine(), absl::Hours(10 * 24))
             : Or(clocks.has_answer_urgent(), clocks.answer_urgent(), absl::Hours(48));
}

absl::Duration Exchange::FollowUpWithin(std::string_view measure) const {
  const v1::Clocks& clocks = ClocksOf(measure);
  return Or(clocks.has_incident_follow_up(), clocks.incident_follow_up(), absl::Hours(72));
}

absl::Duration Exchange::FinalReportWithin(std::string_view measure) const {
  const v1::Clocks& clocks = ClocksOf(measure);
  return Or(clocks.has_incident_final(), clocks.incident_final(), absl::Hours(30 * 24));
}

const v1::Clocks& Exchange::ClocksOf(std::string_view measure) const {
  const v1::Framework* const of_measure = FrameworkOfMeasure(measure);
  return (of_measure != nullptr ? *of_measure : genesis_.frameworks(0)).clocks();
}

}  // namespace cbm::rules
