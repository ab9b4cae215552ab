#include "client/outbox.h"

#include <algorithm>
#include <system_error>

#include "client/exit_code.h"
#include "client/files.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kEnding = ".act";
constexpr std::string_view kTextEnding = ".txt";
constexpr size_t kItemBytesMax = size_t{4} * 1024 * 1024;

absl::StatusOr<OutboxItem> ReadItem(const std::filesystem::path& file) {
  CBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kItemBytesMax));
  const absl::Status damaged = HereError(
      fmt::format("{} is not an act that was kept, or damaged: move it away", file.string()));
  OutboxItem item;
  if (!item.request.ParseFromString(bytes)) {
    return damaged;
  }
  const v1::SignedAct& signed_act = item.request.signed_act();
  absl::StatusOr<EncodedAct> act = EncodedAct::Read(signed_act.act(), signed_act.signature());
  if (!act.ok() || !IsUuid(act->act.act_id())) {
    return damaged;
  }
  item.act = *std::move(act);
  item.act_id = FormatUuid(item.act.act.act_id());
  return item;
}

// Those whose names end with `ending`. None if there is no folder yet; one that cannot be read is
// no empty one.
absl::StatusOr<std::vector<std::filesystem::path>> ListFiles(const std::filesystem::path& folder,
                                                             std::string_view ending) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ending) {
      files.push_back(at->path());
    }
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return HereError(
        fmt::format("cannot read the folder {}: {}", folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Those whose names begin with `name`, the oldest first: ids of version 7 sort by time.
absl::StatusOr<std::vector<OutboxItem>> ListNamed(const std::filesystem::path& folder,
                                                  std::string_view name) {
  CBM_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files, ListFiles(folder, kEnding));
  std::vector<OutboxItem> items;
  for (const std::filesystem::path& file : files) {
    if (file.stem().string().starts_with(name)) {
      CBM_ASSIGN_OR_RETURN(OutboxItem item, ReadItem(file));
      items.push_back(std::move(item));
    }
  }
  std::sort(items.begin(), items.end(),
            [](const OutboxItem& a, const OutboxItem& b) { return a.act_id < b.act_id; });
  return items;
}

}  // namespace

absl::Status Outbox::Put(const v1::PerformActRequest& request) const {
  CBM_ASSIGN_OR_RETURN(const EncodedAct act, EncodedAct::Read(request.signed_act().act(),
                                                              request.signed_act().signature()));
  CBM_RETURN_IF_ERROR(MakeFolder(folder_));
  return WriteFile(folder_ / (FormatUuid(act.act.act_id()) + std::string(kEnding)),
                   request.SerializeAsString());
}

absl::StatusOr<std::vector<OutboxItem>> Outbox::List() const { return ListNamed(folder_, ""); }

absl::StatusOr<OutboxItem> Outbox::Find(std::string_view name) const {
  CBM_ASSIGN_OR_RETURN(std::vector<OutboxItem> items, ListNamed(folder_, name));
  if (name.empty() || items.empty()) {
    return absl::NotFoundError(fmt::format("there is no act '{}' in the outbox", name));
  }
  if (items.size() > 1) {
    return UsageError(fmt::format("several acts in the outbox begin with '{}'", name));
  }
  return std::move(items.front());
}

absl::Status Outbox::Remove(std::string_view act_id) const {
  return RemoveFile(folder_ / (std::string(act_id) + std::string(kEnding)));
}

absl::StatusOr<std::filesystem::path> Outbox::KeepText(std::string_view name,
                                                       std::string_view text) const {
  CBM_RETURN_IF_ERROR(MakeFolder(folder_));
  const std::filesystem::path file = folder_ / (std::string(name) + std::string(kTextEnding));
  CBM_RETURN_IF_ERROR(WriteFile(file, text));
  return file;
}

absl::StatusOr<std::vector<std::filesystem::path>> Outbox::ListTexts() const {
  return ListFiles(folder_, kTextEnding);
}

}  // namespace cbm
