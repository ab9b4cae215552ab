#include "server/program/revocation_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/crypto/revocation_list.h"
#include "core/crypto/trust_store.h"
#include "fmt/format.h"
#include "server/program/files.h"

namespace cbm {
namespace {

constexpr size_t kFilesMax = 1'024;
constexpr size_t kListBytesMax = size_t{64} << 20;
static_assert(kKeptBytesMax >= 2 * TrustLimits().revoked_bytes_max);

// Two changes within one tick of the file system's clock cannot be told apart: what has just
// changed is read again.
constexpr time_t kSettledSeconds = 2;

constexpr std::string_view kKeptHead =
    "# Certificates that their authorities revoked: serial and issuer. cbmd adds to it and never\n"
    "# takes out. docs/operating.md says how a mistake is mended.\n";
constexpr std::string_view kKeptEnd = "end\n";

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// Empty if the file is not there, or has changed so lately that it is to be read again.
std::string StampOf(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0 ||
      std::time(nullptr) - found.st_ctim.tv_sec < kSettledSeconds) {
    return "";
  }
  return fmt::format("{} {} {} {}.{}", found.st_dev, found.st_ino, found.st_size,
                     found.st_ctim.tv_sec, found.st_ctim.tv_nsec);
}

// Whether there is anything of that name, or nobody can tell.
bool IsThere(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || errno != ENOENT;
}

std::string KeptText(std::span<const std::string> names) {
  std::string text(kKeptHead);
  for (const std::string& name : names) {
    text += name;
    text += '\n';
  }
  text += kKeptEnd;
  return text;
}

// A list that names somebody who is in none of today's may be long gone: nothing else tells of it.
absl::Status Missing(const std::string& path) {
  return absl::DataLossError(fmt::format(
      "{}, the file of what authorities have revoked, is not there, so that whoever is on none of "
      "today's lists would be let in again. Put the newest copy of the file back; if it is lost, "
      "have each authority list all that it ever revoked, then make one there that holds the line "
      "'end' alone",
      path));
}

absl::Status Damaged(const std::string& path, size_t line, std::string_view what) {
  return absl::DataLossError(
      fmt::format("{}:{}: {}. Whom authorities have revoked cannot be told: put the newest copy of "
                  "the file back, or mend the line",
                  path, line, what));
}

}  // namespace

absl::Status RevocationFiles::Create(const std::string& kept) {
  return IsThere(kept) ? absl::OkStatus() : ReplaceFile(kept, KeptText({}), 0600);
}

absl::Status RevocationFiles::Load() {
  if (!IsThere(kept_)) {
    return Missing(kept_);
  }
  CBM_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(kept_, kept_bytes_max_));
  std::vector<std::string> names;
  size_t line = 1;
  bool is_whole = false;
  for (std::string_view rest = text; !rest.empty(); ++line) {
    const size_t end = rest.find('\n');
    const std::string_view name = rest.substr(0, end);
    if (is_whole || end == std::string_view::npos) {
      return Damaged(kept_, line, is_whole ? "it goes on after its end" : "it ends in a line");
    }
    rest.remove_prefix(end + 1);
    if (name == kKeptEnd.substr(0, kKeptEnd.size() - 1)) {
      is_whole = true;
    } else if (IsNameInLists(name) && !name.starts_with('#')) {
      names.emplace_back(name);
    } else if (!name.starts_with('#') && !name.empty()) {
      return Damaged(kept_, line, "it is no serial and issuer");
    }
  }
  if (!is_whole) {
    return Damaged(kept_, line, "its end is missing");
  }
  trust_.Restore(names);
  kept_count_ = trust_.revoked_count();
  return absl::OkStatus();
}

void RevocationFiles::Refresh(bool anew, const std::string& authorities) {
  if (std::exchange(authorities_pem_, authorities) != authorities) {
    anew = true;
    auto parsed = ParsePemCertificates(authorities, kAuthoritiesMax);
    authorities_ = parsed.ok() ? *std::move(parsed) : std::vector<Certificate>();
  }
  if (anew) {
    known_.clear();
    for (auto& [name, file] : files_) {
      file.stamp.clear();
      file.content.clear();
    }
  }
  found_.clear();
  const std::set<std::string> names = FindFiles();
  std::erase_if(files_, [&names](const auto& each) { return !names.contains(each.first); });
  for (const std::string& name : names) {
    RefreshFile(name);
  }
  if (!folder_.empty()) {
    CheckAuthorities();
  }
  Keep();
  for (const Problem& problem : found_) {
    if (!known_.contains(problem)) {
      Say(problem);
    }
  }
  known_.swap(found_);
}

void RevocationFiles::Say(const Problem& problem) {
  switch (problem.kind) {
    case Kind::kMissing:
      return log_.Warning("revocation_list_missing",
                          {{"issuer", problem.what}, {"reason", problem.reason}});
    case Kind::kStale:
      return log_.Warning("revocation_list_stale",
                          {{"issuer", problem.what}, {"reason", problem.reason}});
    case Kind::kRefused:
      return log_.Error("revocation_list_refused",
                        {{"file", problem.what}, {"reason", problem.reason}});
    case Kind::kNotKept:
      return log_.Error("revocations_not_kept",
                        {{"file", problem.what}, {"reason", problem.reason}});
  }
}

std::set<std::string> RevocationFiles::FindFiles() {
  std::set<std::string> names;
  if (folder_.empty()) {
    return names;
  }
  std::error_code error;
  std::filesystem::directory_iterator each(folder_, error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.starts_with('.')) {
      continue;
    }
    if (names.size() == kFilesMax) {
      Note({Kind::kRefused, folder_, fmt::format("there are more than {} files in it", kFilesMax)});
      break;
    }
    names.insert(name);
  }
  if (error) {
    Note({Kind::kRefused, folder_, error.message()});
  }
  return names;
}

void RevocationFiles::RefreshFile(const std::string& name) {
  File& file = files_[name];
  const std::string path = folder_ + "/" + name;
  const std::string stamp = StampOf(path);
  if (stamp.empty() || stamp != file.stamp) {
    const absl::StatusOr<std::string> bytes = ReadWholeFile(path, kListBytesMax);
    std::string content =
        bytes.ok() ? ToHex(BytesOf(Sha256(*bytes))) : std::string(bytes.status().message());
    if (std::exchange(file.content, content) != content) {
      const absl::Status taken = bytes.ok() ? TakeFrom(*bytes, file) : bytes.status();
      file.refused = std::string(taken.message());
    }
    file.stamp = stamp;
  }
  if (!file.refused.empty()) {
    Note({Kind::kRefused, path, file.refused});
  }
}

absl::Status RevocationFiles::TakeFrom(const std::string& bytes, File& file) {
  CBM_ASSIGN_OR_RETURN(const std::vector<RevocationList> lists,
                       ReadRevocationLists(bytes, authorities_));
  std::vector<Taken> taken;
  std::vector<std::string> revoked;
  for (const RevocationList& list : lists) {
    revoked.insert(revoked.end(), list.revoked.begin(), list.revoked.end());
    taken.push_back({.issuer = list.issuer,
                     .number = list.number,
                     .this_update = list.this_update,
                     .next_update = list.next_update,
                     .revoked = list.revoked.size()});
  }
  CBM_ASSIGN_OR_RETURN(const size_t fresh, trust_.Revoke(revoked));
  file.taken.swap(taken);
  for (const Taken& list : file.taken) {
    log_.Info("revocation_list_taken",
              {{"issuer", list.issuer},
               {"number", list.number},
               {"next_update", list.next_update.has_value() ? TimeText(*list.next_update) : ""},
               {"revoked", list.revoked},
               {"revoked_anew", fresh}});
  }
  return absl::OkStatus();
}

// Whether each authority has a list that is not late.
void RevocationFiles::CheckAuthorities() {
  const absl::Time now = clock_.Now();
  std::map<std::string, absl::Time> next_of;  // The latest, by issuer.
  for (const Taken& list : lists()) {
    absl::Time& next = next_of.try_emplace(list.issuer, absl::InfinitePast()).first->second;
    next = std::max(next, list.next_update.value_or(absl::InfiniteFuture()));
  }
  for (const Certificate& authority : authorities_) {
    const auto found = next_of.find(authority.subject());
    if (found == next_of.end()) {
      Note({Kind::kMissing, authority.subject(),
            fmt::format("there is no good list of this authority in {}: what it revokes is not "
                        "heard of",
                        folder_)});
    } else if (found->second <= now) {
      Note({Kind::kStale, authority.subject(),
            fmt::format("another list was due at {}: what was revoked since is not heard of",
                        TimeText(found->second))});
    }
  }
}

// Once it is in memory it counts; it is kept as soon as the disk takes it.
void RevocationFiles::Keep() {
  const size_t count = trust_.revoked_count();
  if (count == kept_count_ && IsThere(kept_)) {
    return;
  }
  if (const absl::Status kept = Write(); !kept.ok()) {
    Note({Kind::kNotKept, kept_, std::string(kept.message())});
  }
}

absl::Status RevocationFiles::Write() {
  if (kKeptHead.size() + trust_.revoked_bytes() + kKeptEnd.size() > kept_bytes_max_) {
    return absl::ResourceExhaustedError(fmt::format(
        "it would have more than {} bytes: what came last counts until the exchange stops, and is "
        "forgotten then. Have fewer lists, and suspend those offices",
        kept_bytes_max_));
  }
  const std::vector<std::string> names = trust_.Revoked();
  CBM_RETURN_IF_ERROR(ReplaceFile(kept_, KeptText(names), 0600));
  kept_count_ = names.size();
  return absl::OkStatus();
}

std::vector<RevocationFiles::Taken> RevocationFiles::lists() const {
  std::vector<Taken> lists;
  for (const auto& [name, file] : files_) {
    lists.insert(lists.end(), file.taken.begin(), file.taken.end());
  }
  return lists;
}

std::vector<std::string> RevocationFiles::problems() const {
  std::vector<std::string> problems;
  for (const Problem& problem : known_) {
    problems.push_back(fmt::format("{}: {}", problem.what, problem.reason));
  }
  return problems;
}

}  // namespace cbm
