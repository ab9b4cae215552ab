#ifndef CBM_BENCH_PAGES_H_
#define CBM_BENCH_PAGES_H_

#include <cstdint>

#include "bench/exchange.h"
#include "bench/load.h"
#include "cbm/v1/ledger_service.pb.h"

namespace cbm::bench {

inline constexpr char kListEntries[] = "/cbm.v1.LedgerService/ListEntries";

// A request for the 50 entries of an office's State that follow ordinal `from`.
v1::ListEntriesRequest PageRequest(const Exchange::Office& office, uint64_t from = 0);

// What is answered. Ends the benchmark unless it is 50 entries.
v1::ListEntriesResponse ReadPage(const Exchange::Office& office,
                                 const v1::ListEntriesRequest& request);

}  // namespace cbm::bench

#endif  // CBM_BENCH_PAGES_H_
