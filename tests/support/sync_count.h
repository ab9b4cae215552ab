#ifndef CBM_TESTS_SUPPORT_SYNC_COUNT_H_
#define CBM_TESTS_SUPPORT_SYNC_COUNT_H_

#include <cstdint>
#include <string>

namespace cbm::test {

// How often this program has had the kernel put the file at `path` on disk (fsync, fdatasync),
// whoever in it asked: a kill leaves in the kernel's memory what a loss of power takes, so that
// only the call itself shows that something is durable. Thread-safe.
//
// A program that uses it has its own fsync and fdatasync, which its libraries call too.
uint64_t SyncsOf(const std::string& path);

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_SYNC_COUNT_H_
