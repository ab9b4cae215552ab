#include "bench/pages.h"

#include "bench/require.h"
#include "cbm/v1/ledger_service.grpc.pb.h"

namespace cbm::bench {

v1::ListEntriesRequest PageRequest(const Exchange::Office& office, uint64_t from) {
  v1::ListEntriesRequest request;
  request.mutable_cursor()->set_ledger("state/" + office.party);
  request.mutable_cursor()->set_epoch(1);
  request.mutable_cursor()->set_ordinal(from);
  request.set_page_size(50);
  return request;
}

v1::ListEntriesResponse ReadPage(const Exchange::Office& office,
                                 const v1::ListEntriesRequest& request) {
  v1::LedgerService::Stub stub(office.channel);
  v1::ListEntriesResponse page;
  const grpc::Status status = stub.ListEntries(NewContext().get(), request, &page);
  Require(status.ok() && page.records_size() == 50, status.error_message());
  return page;
}

}  // namespace cbm::bench
