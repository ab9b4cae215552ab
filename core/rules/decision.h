#ifndef CBM_CORE_RULES_DECISION_H_
#define CBM_CORE_RULES_DECISION_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

// What the exchange takes of acts; its configuration may set less than these.
struct Limits {
  size_t addressees_max = 64;
  absl::Duration author_time_ahead_max = absl::Minutes(5);
  absl::Duration validity_max = absl::Hours(24 * 30);
};

// An act as it comes to the rules: parsed, its signature verified, its certificates read.
struct Submission {
  // Both lent for the time of the decision.
  const v1::Act& act;
  const Digest& act_digest;

  // What was handed in beside the act; ordered by state, each once, each a commitment's (see
  // CheckOpenings).
  const std::vector<v1::AddresseeOpening>& openings;

  // Digests of what each reader is given, manifest first; empty without content.
  const std::vector<Digest>& contents;

  // Of the credential that signed.
  const v1::CredentialRecord& signer;

  // Of the certificate that an enrolment or a renewal registers; its possession was proved. Else
  // unset.
  std::optional<Validity> registers;

  Limits limits = {};
};

// An entry as the rules make it: ledger, role, openings, summary, effect. The sequencer adds
// ordinal, time, salt and hashes.
struct NewEntry {
  LedgerId ledger;

  // Of Entry: kind, role, openings, summary and effect are set, and nothing else.
  v1::Entry entry;

  // Whether its reader is given the contents.
  bool gives_contents = false;

  // Whether the author's entry names it as a delivery, and to whom ("LV", "SECRETARIAT",
  // "ALL/OSCE").
  std::string delivered_to;
};

// What the rules say of an act.
struct Decision {
  // OK, or why not: INVALID_ARGUMENT, PERMISSION_DENIED, FAILED_PRECONDITION, NOT_FOUND, ABORTED.
  absl::Status verdict;

  // One for each ledger concerned, except that an act on several notifications of one State gives
  // that State one for each; the author's own comes last. Empty if the act is refused without
  // trace.
  std::vector<NewEntry> entries;
};

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DECISION_H_
