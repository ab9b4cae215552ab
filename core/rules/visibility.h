#ifndef CBM_CORE_RULES_VISIBILITY_H_
#define CBM_CORE_RULES_VISIBILITY_H_

#include "cbm/v1/act.pb.h"
#include "core/base/ledger_id.h"

namespace cbm::rules {

// What a reader gets of an act.
enum class Share {
  kNothing,
  kSummary,  // That it happened, in the words of Summary.
  kAct,      // The act, its signature, and its contents.
};

// Who gets an entry of an act, besides its author, who always gets the act.
struct Visibility {
  Share addressees = Share::kNothing;  // The States it is addressed to by commitment.
  Share frameworks = Share::kNothing;  // ALL of the framework addressed, or of each joined.
  Share secretariat = Share::kNothing;
  Share acted_on = Share::kNothing;  // The author of the act that is acted on.
  Share concerned =
      Share::kNothing;  // The party, and the integration, that a directory act is about.
  Share auditor = Share::kNothing;
};

// The one table that says who may see what. `audience` is the act's.
//
// docs/architecture.md shows it; every entry that a rule makes is made by it.
Visibility VisibilityOf(v1::ActKind kind, v1::Audience::ToCase audience);

// Whether there is a reader of such a ledger who gets a summary alone of an act of this kind,
// whatever its audience. True of a kind that the table does not have: it is of a later version.
bool MayBeToldOnly(v1::ActKind kind, const LedgerId& ledger);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_VISIBILITY_H_
