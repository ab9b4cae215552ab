#ifndef CBM_TESTS_CONTRACT_FAULTY_FILE_SYSTEM_H_
#define CBM_TESTS_CONTRACT_FAULTY_FILE_SYSTEM_H_

#include <sqlite3.h>

#include <atomic>

namespace cbm::test {

// The system's own file system, but that it fails where a test says so. While this is there, SQLite
// opens by it, and it stays that of a database which was. One at a time.
class FaultyFileSystem {
 public:
  FaultyFileSystem() {
    The().system = sqlite3_vfs_find(nullptr);
    The().faulty = *The().system;
    The().faulty.zName = "faulty";
    The().faulty.xOpen = Open;
    sqlite3_vfs_register(&The().faulty, /*makeDflt=*/1);
  }
  ~FaultyFileSystem() {
    The().is_full = false;
    The().to_read = 0;
    sqlite3_vfs_unregister(&The().faulty);
  }
  FaultyFileSystem(const FaultyFileSystem&) = delete;
  FaultyFileSystem& operator=(const FaultyFileSystem&) = delete;

  // Whether the index of a log, which always has a first region, has no room to grow.
  void SetFull(bool is_full) { The().is_full = is_full; }

  // Has the `number`-th database that is opened from now on, from 1, opened to read alone, as the
  // system's own does where it cannot open one to write. 0: none.
  void OpenToRead(int number) {
    The().opened = 0;
    The().to_read = number;
  }

  // How many databases were opened since.
  int opened() const { return The().opened; }

 private:
  struct State {
    sqlite3_vfs* system = nullptr;
    sqlite3_vfs faulty = {};
    std::atomic<bool> is_full = false;
    std::atomic<int> opened = 0;
    std::atomic<int> to_read = 0;
  };

  static State& The() {
    static State state;
    return state;
  }

  // What is done with a database: by `system`, but for the index of its log.
  static sqlite3_io_methods MethodsOver(const sqlite3_io_methods* system) {
    static const sqlite3_io_methods* const kSystem = system;  // The same of every database.
    sqlite3_io_methods faulty = *system;
    faulty.xShmMap = [](sqlite3_file* file, int region, int bytes, int extend,
                        void volatile** mapped) {
      return The().is_full && extend != 0 && region > 0
                 ? SQLITE_IOERR_SHMSIZE
                 : kSystem->xShmMap(file, region, bytes, extend, mapped);
    };
    return faulty;
  }

  static int Open(sqlite3_vfs* /*self*/, const char* path, sqlite3_file* file, int flags,
                  int* out_flags) {
    const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    if (is_database && ++The().opened == The().to_read) {
      flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    }
    const int code = The().system->xOpen(The().system, path, file, flags, out_flags);
    if (code == SQLITE_OK && is_database) {
      static const sqlite3_io_methods kFaulty = MethodsOver(file->pMethods);
      file->pMethods = &kFaulty;
    }
    return code;
  }
};

}  // namespace cbm::test

#endif  // CBM_TESTS_CONTRACT_FAULTY_FILE_SYSTEM_H_
