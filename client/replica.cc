#include "client/replica.h"

#include <algorithm>
#include <utility>

#include "client/credential_at.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace cbm {
namespace {

constexpr int kPageSize = 200;
constexpr size_t kReplicaBytesMax = size_t{4} << 30;
constexpr size_t kNoteFileBytesMax = size_t{1} << 20;

absl::Status Doubt(const std::string& what) { return absl::DataLossError(what); }

void AppendDelimited(const v1::LedgerRecord& record, std::string& bytes) {
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint32(static_cast<uint32_t>(record.ByteSizeLong()));
  record.SerializeToCodedStream(&coded);
}

// Reads records that AppendDelimited wrote, from front to back.
class DelimitedRecords {
 public:
  explicit DelimitedRecords(const std::string& bytes) : bytes_(bytes) {}

  // False at the end, or where the rest is no whole record.
  bool Next(v1::LedgerRecord& record) {
    google::protobuf::io::CodedInputStream coded(
        reinterpret_cast<const uint8_t*>(bytes_.data()) + offset_,
        static_cast<int>(std::min(bytes_.size() - offset_, size_t{1} << 30)));
    uint32_t size = 0;
    if (!coded.ReadVarint32(&size)) {
      return false;
    }
    const size_t start = offset_ + static_cast<size_t>(coded.CurrentPosition());
    if (size > bytes_.size() - start ||
        !record.ParseFromArray(bytes_.data() + start, static_cast<int>(size))) {
      return false;
    }
    offset_ = start + size;
    return true;
  }

  size_t offset() const { return offset_; }

 private:
  const std::string& bytes_;
  size_t offset_ = 0;
};

}  // namespace

Replica::Replica(std::filesystem::path folder, const ReplicaTrust& trust, const LedgerId& own)
    : folder_(std::move(folder)), trust_(trust), own_(own) {
  std::vector<LedgerId> ids = trust_.exchange.AllLedgersOf(own);
  ids.push_back(own);
  for (const LedgerId& id : ids) {
    ledgers_.emplace(id, LedgerReplica(trust_.exchange, trust_.genesis.digest, id));
  }
}

absl::StatusOr<Replica> Replica::Open(std::filesystem::path folder, const ReplicaTrust& trust,
                                      const LedgerId& own) {
  CBM_RETURN_IF_ERROR(MakeFolder(folder));
  Replica replica(std::move(folder), trust, own);
  for (auto& [id, ledger] : replica.ledgers_) {
    const absl::Status read = replica.ReadKept(ledger);
    if (absl::IsDataLoss(read)) {
      return Suffix(read, fmt::format("if you trust this machine, remove {} and what is in it; it "
                                      "is fetched and verified again",
                                      replica.folder_.string()));
    }
    CBM_RETURN_IF_ERROR(read);
  }
  return replica;
}

std::filesystem::path Replica::FileOf(const LedgerId& id, std::string_view ending) const {
  std::string name = id.text();
  std::replace(name.begin(), name.end(), '/', '-');
  return folder_ / (name + std::string(ending));
}

absl::Status Replica::ReadKept(LedgerReplica& ledger) {
  const std::filesystem::path note_file = FileOf(ledger.id(), ".checkpoint");
  CBM_ASSIGN_OR_RETURN(const bool has_note, Exists(note_file));
  if (!has_note) {
    return RemoveFile(FileOf(ledger.id(), ".log"));
  }
  CBM_ASSIGN_OR_RETURN(const std::string note, ReadFile(note_file, kNoteFileBytesMax));
  CBM_ASSIGN_OR_RETURN(KeptCheckpoint kept, OpenNote(ledger.id(), note));
  const std::filesystem::path file = FileOf(ledger.id(), ".log");
  CBM_ASSIGN_OR_RETURN(const bool has_records, Exists(file));
  std::string bytes;
  if (has_records) {
    CBM_ASSIGN_OR_RETURN(bytes, ReadFile(file, kReplicaBytesMax));
  }
  DelimitedRecords records(bytes);
  v1::LedgerRecord record;
  while (ledger.size() < kept.head.size && records.Next(record)) {
    if (const absl::Status added = ledger.AppendVerified(record); !added.ok()) {
      return Doubt(
          fmt::format("{} was changed on disk, or an earlier version took what this one does not: "
                      "{}",
                      file.string(), MessageOf(added)));
    }
  }
  if (ledger.tree().Head() != kept.head) {
    return Doubt(fmt::format("{} was changed on disk: it is not what was verified", file.string()));
  }
  if (records.offset() != bytes.size()) {
    // Written before a crash, and not yet said to be verified.
    CBM_RETURN_IF_ERROR(CutFile(file, records.offset()));
  }
  checkpoints_.insert_or_assign(ledger.id(), std::move(kept));
  return absl::OkStatus();
}

absl::StatusOr<KeptCheckpoint> Replica::OpenNote(const LedgerId& id, std::string_view note) const {
  const absl::StatusOr<Checkpoint> checkpoint = OpenCheckpoint(note, KeyOfLedger(trust_.log, id));
  if (!checkpoint.ok()) {
    return Prefix(fmt::format("the checkpoint of {} is refused", id.text()), checkpoint.status());
  }
  return KeptCheckpoint{.note = std::string(note), .head = checkpoint->head};
}

absl::Status Replica::CheckHead(const LedgerReplica& next, const KeptCheckpoint& checkpoint) const {
  if (const KeptCheckpoint* const kept = CheckpointOf(next.id());
      kept != nullptr && checkpoint.head.size < kept->head.size) {
    return Doubt(fmt::format(
        "the exchange signs {} entries of {}, and signed {} before: it went back on its word",
        checkpoint.head.size, next.id().text(), kept->head.size));
  }
  if (next.size() > checkpoint.head.size) {
    return Doubt(
        fmt::format("{} has entries beyond those that the exchange signs for", next.id().text()));
  }
  if (next.size() == checkpoint.head.size && next.tree().Head() != checkpoint.head) {
    return Doubt(fmt::format("the entries of {} are not those that the exchange signs for",
                             next.id().text()));
  }
  return absl::OkStatus();
}

absl::Status Replica::AppendTo(LedgerReplica& next, const v1::LedgerRecord& record) const {
  std::vector<const LedgerReplica*> others;
  for (const auto& [id, ledger] : ledgers_) {
    if (id != next.id()) {
      others.push_back(&ledger);
    }
  }
  std::vector<const LedgerReplica*> all = others;
  all.push_back(&next);
  CBM_RETURN_IF_ERROR(next.Append(record, [&](const Digest& credential, absl::Time time) {
    return CredentialAt(trust_.exchange, all, credential, time);
  }));
  const absl::Status good = CheckBeside(trust_.exchange, next, others);
  return good.ok() ? good : Prefix(RefusalOf(next.size() - 1, next.id()), good);
}

absl::Status Replica::Sync(ExchangeApi& api) {
  // The own ledger is asked for first, and read last. Because: whoever acts in it up to then is
  // registered in those of the frameworks that are asked for after it.
  CBM_ASSIGN_OR_RETURN(v1::ListEntriesResponse first, Fetch(api, own_, own().size()));
  absl::Status doubt;
  const auto sync = [&](const LedgerId& id, absl::StatusOr<v1::ListEntriesResponse> page) {
    doubt.Update(page.ok() ? SyncLedger(api, id, *std::move(page)) : page.status());
    return doubt.ok() || absl::IsDataLoss(doubt);  // Of one ledger: the others are kept.
  };
  for (const LedgerId& all : trust_.exchange.AllLedgersOf(own_)) {
    if (!sync(all, Fetch(api, all, Find(all)->size()))) {
      return doubt;
    }
  }
  sync(own_, std::move(first));
  return doubt;
}

absl::StatusOr<v1::ListEntriesResponse> Replica::Fetch(ExchangeApi& api, const LedgerId& id,
                                                       uint64_t from) const {
  v1::ListEntriesRequest request;
  request.mutable_cursor()->set_ledger(id.text());
  request.mutable_cursor()->set_epoch(trust_.log.epoch);
  request.mutable_cursor()->set_ordinal(from);
  request.set_page_size(kPageSize);
  absl::StatusOr<v1::ListEntriesResponse> page = api.ListEntries(request);
  if (absl::IsOutOfRange(page.status())) {
    return Doubt(
        fmt::format("the exchange no longer has the {} entries of {} that it signed for: {}", from,
                    id.text(), MessageOf(page.status())));
  }
  return page;
}

absl::Status Replica::SyncLedger(ExchangeApi& api, const LedgerId& id,
                                 v1::ListEntriesResponse page) {
  LedgerReplica& current = ledgers_.at(id);
  LedgerReplica next = current;
  const uint64_t from = current.size();
  CBM_ASSIGN_OR_RETURN(const KeptCheckpoint checkpoint, OpenNote(id, page.checkpoint()));
  CBM_RETURN_IF_ERROR(CheckHead(next, checkpoint));
  while (next.size() < checkpoint.head.size) {
    if (page.records().empty()) {
      return Doubt(
          fmt::format("the exchange signs {} entries of {}, and gives {} only: something "
                      "is kept from you",
                      checkpoint.head.size, id.text(), next.size()));
    }
    for (const v1::LedgerRecord& record : page.records()) {
      if (next.size() < checkpoint.head.size) {  // It may have grown since.
        CBM_RETURN_IF_ERROR(AppendTo(next, record));
      }
    }
    if (next.size() < checkpoint.head.size) {
      CBM_ASSIGN_OR_RETURN(page, Fetch(api, id, next.size()));
    }
  }
  CBM_RETURN_IF_ERROR(CheckHead(next, checkpoint));
  CBM_RETURN_IF_ERROR(Keep(next, from, checkpoint));
  current = std::move(next);
  checkpoints_.insert_or_assign(id, checkpoint);
  return absl::OkStatus();
}

absl::Status Replica::Take(const LedgerId& ledger, std::span<const v1::LedgerRecord> records,
                           std::string_view note) {
  const auto found = ledgers_.find(ledger);
  if (found == ledgers_.end()) {
    return Doubt(fmt::format("{} is not a ledger that was asked for", ledger.text()));
  }
  LedgerReplica next = found->second;
  CBM_ASSIGN_OR_RETURN(const KeptCheckpoint checkpoint, OpenNote(ledger, note));
  for (const v1::LedgerRecord& record : records) {
    CBM_RETURN_IF_ERROR(AppendTo(next, record));
  }
  CBM_RETURN_IF_ERROR(CheckHead(next, checkpoint));
  if (next.size() != checkpoint.head.size) {
    return Doubt(fmt::format("what was given of {} does not reach its checkpoint", ledger.text()));
  }
  found->second = std::move(next);
  checkpoints_.insert_or_assign(ledger, checkpoint);
  return absl::OkStatus();
}

absl::Status Replica::Keep(const LedgerReplica& next, uint64_t from,
                           const KeptCheckpoint& checkpoint) {
  if (!keeps_) {
    return absl::OkStatus();
  }
  if (next.size() > from) {
    std::string bytes;
    for (uint64_t i = from; i < next.size(); ++i) {
      AppendDelimited(next.records()[i].record, bytes);
    }
    CBM_RETURN_IF_ERROR(AppendToFile(FileOf(next.id(), ".log"), bytes));
  }
  const KeptCheckpoint* const kept = CheckpointOf(next.id());
  if (kept != nullptr && kept->note == checkpoint.note) {
    return absl::OkStatus();
  }
  return WriteFile(FileOf(next.id(), ".checkpoint"), checkpoint.note);
}

const LedgerReplica* Replica::All(std::string_view framework) const {
  return Find(LedgerId::All(framework));
}

const LedgerReplica* Replica::Find(const LedgerId& ledger) const {
  const auto found = ledgers_.find(ledger);
  return found == ledgers_.end() ? nullptr : &found->second;
}

std::vector<const LedgerReplica*> Replica::Ledgers() const {
  std::vector<const LedgerReplica*> ledgers = {&own()};
  for (const auto& [id, ledger] : ledgers_) {
    if (id != own_) {
      ledgers.push_back(&ledger);
    }
  }
  return ledgers;
}

const KeptCheckpoint* Replica::CheckpointOf(const LedgerId& ledger) const {
  const auto found = checkpoints_.find(ledger);
  return found == checkpoints_.end() ? nullptr : &found->second;
}

}  // namespace cbm
