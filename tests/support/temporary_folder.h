#ifndef CBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define CBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <filesystem>
#include <string>
#include <string_view>

namespace cbm::test {

// A new folder that nobody else can open, removed with all that is in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

  // The path of `name` in it.
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }

  // Writes a file, and returns its path.
  std::string Write(std::string_view name, std::string_view bytes) const;

  // What a file holds; empty if there is none.
  std::string Read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
