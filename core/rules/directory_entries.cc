#include "core/rules/directory_entries.h"

#include <utility>
#include <vector>

#include "core/rules/families.h"

namespace cbm::rules {
namespace {

// The frameworks whose members are told: those the State has joined, or all.
std::vector<LedgerId> AllLedgersFor(const Exchange& exchange, std::string_view party) {
  return exchange.AllLedgersOf(IsStateCode(party) ? LedgerId::State(party)
                                                  : LedgerId::Secretariat());
}

// Whether the author's own entry and what goes with it bring the act to this reader.
bool HasOwn(const View& view, const LedgerId& reader) {
  return reader == view.own_id() ||
         (view.own_id().is_integration() && reader == LedgerId::State(view.own_id().state()));
}

void TellAuditor(const Submission& submission, const DirectoryChange& change, Share share,
                 Decision& decision) {
  v1::Entry* const entry =
      AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER, share, decision);
  if (entry != nullptr) {
    entry->mutable_summary()->set_new_state(std::string(change.new_state));
    entry->mutable_summary()->set_party(std::string(change.party));
    entry->mutable_summary()->set_record_version(change.effect.record_version());
  }
}

}  // namespace

void AddDirectoryEntries(const View& view, const Submission& submission, DirectoryChange change,
                         Decision& decision) {
  const auto kind = static_cast<v1::ActKind>(submission.act.kind_case());
  const Visibility visibility = VisibilityOf(kind, submission.act.audience().to_case());
  const bool of_secretariat = change.party == kSecretariatParty;
  const auto give = [&](const LedgerId& reader, Share share) {
    v1::Entry* const entry =
        HasOwn(view, reader)
            ? nullptr
            : AddEntry(submission, reader, v1::ENTRY_ROLE_ADDRESSED, share, decision);
    if (entry != nullptr) {
      *entry->mutable_effect() = change.effect;
      decision.entries.back().delivered_to = std::string(reader.delivered_name());
    }
  };
  for (const LedgerId& all : AllLedgersFor(view.exchange(), change.party)) {
    give(all, visibility.frameworks);
  }
  give(LedgerId::OfParty(change.party, change.office), visibility.concerned);
  if (change.type == v1::OFFICE_TYPE_INTEGRATION) {
    give(LedgerId::Integration(change.party, change.office), visibility.concerned);
  }
  if (of_secretariat) {
    give(LedgerId::Auditor(), visibility.concerned);
  } else {
    give(LedgerId::Secretariat(), visibility.secretariat);
    if (change.party != kAuditorParty) {
      TellAuditor(submission, change, visibility.auditor, decision);
    }
  }
  v1::Entry own;
  *own.mutable_effect() = std::move(change.effect);
  AddOwnEntry(view, submission, std::move(own), decision);
}

}  // namespace cbm::rules
