#ifndef CBM_CORE_RULES_DIRECTORY_ENTRIES_H_
#define CBM_CORE_RULES_DIRECTORY_ENTRIES_H_

#include <string>
#include <string_view>

#include "cbm/v1/common.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"

namespace cbm::rules {

// What is told of an act by which an office, or its credential, is another than before.
struct DirectoryChange {
  std::string_view party;
  std::string_view office;
  v1::OfficeType type = v1::OFFICE_TYPE_UNSPECIFIED;
  std::string_view new_state;  // For the auditor.
  v1::Effect effect = {};      // For who is given the act.
};

// Adds the entries of such an act, the author's own last: for ALL of each framework that the party
// has joined (of a party that is no State: of every one), the party, the integration if it is one,
// and whom else the table of visibility names. The auditor is given acts on the secretariat's
// credentials, since it verifies by them what the secretariat does.
void AddDirectoryEntries(const View& view, const Submission& submission, DirectoryChange change,
                         Decision& decision);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DIRECTORY_ENTRIES_H_
