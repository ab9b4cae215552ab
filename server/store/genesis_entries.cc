#include "server/store/genesis_entries.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/evidence/genesis.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"

namespace cbm {
namespace {

constexpr size_t kEntrySaltBytes = 16;

}  // namespace

absl::StatusOr<Foundation> ReadFoundation(std::string genesis) {
  CBM_ASSIGN_OR_RETURN(GenesisDocument document, ReadGenesis(std::move(genesis)));
  CBM_ASSIGN_OR_RETURN(
      rules::Exchange exchange,
      rules::Exchange::Create(std::move(document.genesis), std::move(document.exchange_id),
                              {.not_before = document.secretariat_not_before,
                               .not_after = document.secretariat_not_after}));
  return Foundation{
      .exchange = std::move(exchange), .genesis_digest = document.digest, .entries = {}};
}

absl::StatusOr<Foundation> Found(const Founding& founding, Random& random) {
  CBM_ASSIGN_OR_RETURN(Foundation foundation, ReadFoundation(founding.genesis));
  for (const v1::Framework& framework : foundation.exchange.genesis().frameworks()) {
    v1::Entry entry =
        rules::GenesisEntry(foundation.exchange, framework.id(), foundation.genesis_digest);
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    entry.set_exchange_id(foundation.exchange.id());
    entry.set_ordinal(0);
    *entry.mutable_time() = rules::ToTimestamp(founding.time);
    entry.set_salt(random.Bytes(kEntrySaltBytes));
    CBM_ASSIGN_OR_RETURN(EncodedEntry encoded, EncodedEntry::Create(std::move(entry)));
    foundation.entries.push_back(std::move(encoded));
  }
  return foundation;
}

}  // namespace cbm
