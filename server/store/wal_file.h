#ifndef CBM_SERVER_STORE_WAL_FILE_H_
#define CBM_SERVER_STORE_WAL_FILE_H_

#include <cstdint>
#include <string>

namespace cbm {

// The file of SQLite's write-ahead log, made as long beforehand as the log gets before it begins
// anew. Because: a commit that makes a file longer waits for the file system's journal, at times
// for milliseconds; one that overwrites does not. What lies beyond the log's frames means nothing
// to SQLite: a frame has the log's salt and a checksum.

// Makes the file up to `step` longer, with zeros, unless it has `bytes` or the disk would have
// little room left. Returns whether it should be called again. Only while the right to write the
// database is held.
bool LengthenWal(const std::string& path, uint64_t bytes, uint64_t step);

// Has what was written so far brought to the disk, so that the next commit need not. A failure is
// that commit's to find: SQLite's own descriptor is told of it too.
void SyncWal(const std::string& path);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_WAL_FILE_H_
