#include "server/store/sqlite_store.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "server/store/ledger_rows.h"
#include "server/store/schema.h"
#include "server/store/sqlite_batch.h"
#include "server/store/sqlite_snapshot.h"
#include "server/store/store_errors.h"

namespace cbm {
namespace {

constexpr size_t kReadersMax = 32;
constexpr absl::Duration kReadWait = absl::Seconds(5);
constexpr absl::Duration kForeignWriterWait = absl::Seconds(5);
// For readers, while no commit can be made: a checkpoint that cannot be had is tried again later.
constexpr absl::Duration kCheckpointWait = absl::Milliseconds(100);

// A batch changes a few pages for each act: with SQLite's 2 MiB it would write them to the log, and
// read them again, before it commits.
constexpr const char* kWriterSettings = R"sql(
PRAGMA cache_size = -32768;
PRAGMA cache_spill = OFF;
)sql";

absl::Status WriteFoundation(Connection& connection, const Founding& founding,
                             const Foundation& foundation) {
  EdgeCache edges;
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteBatch> batch,
                       SqliteBatch::Begin(foundation.exchange, connection, edges, [] {}));
  CBM_RETURN_IF_ERROR(WriteMeta(connection, kMetaGenesis, founding.genesis));
  CBM_RETURN_IF_ERROR(WriteMeta(connection, kMetaSignature, founding.signature));
  CBM_RETURN_IF_ERROR(WriteMeta(connection, kMetaExchange, foundation.exchange.id()));
  CBM_RETURN_IF_ERROR(
      WriteMeta(connection, kMetaTime, fmt::format("{}", absl::ToUnixMicros(founding.time))));
  CBM_RETURN_IF_ERROR(batch->AppendFoundation(foundation));
  return batch->Commit().status();
}

// SQLite opens to read alone what it cannot open to write, and then even BEGIN IMMEDIATE works:
// better refused now than act by act.
absl::Status CheckWritable(const Connection& connection) {
  return SqliteStatus(sqlite3_db_readonly(connection.handle(), "main") == 0 ? SQLITE_OK
                                                                            : SQLITE_READONLY);
}

}  // namespace

class SqliteStore::Reader {
 public:
  Reader(const SqliteStore& store, std::unique_ptr<Connection> connection)
      : store_(store), connection_(std::move(connection)) {}
  ~Reader() {
    const bool open = sqlite3_get_autocommit(connection_->handle()) == 0;
    if (!open || Query(*connection_, "COMMIT").Run().ok()) {
      const MutexLock lock(store_.mutex_);
      store_.idle_.push_back(std::move(connection_));
    }
    connection_.reset();
    store_.readers_.Give();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Connection& connection() { return *connection_; }

 private:
  const SqliteStore& store_;
  std::unique_ptr<Connection> connection_;
};

// Everything but Commit is the batch's own.
class SqliteStore::Writer final : public Batch {
 public:
  Writer(std::unique_ptr<SqliteBatch> batch, SqliteStore& store)
      : batch_(std::move(batch)), store_(store) {}

  absl::StatusOr<std::unique_ptr<const rules::View>> ViewOf(const LedgerId& ledger) const override {
    return batch_->ViewOf(ledger);
  }
  const rules::LedgerView& Registry() const override { return batch_->Registry(); }
  absl::StatusOr<std::optional<ActPlace>> FindAct(const ActName& name) const override {
    return batch_->FindAct(name);
  }
  absl::StatusOr<EncodedEntry> ReadEntry(const LedgerId& ledger, uint64_t ordinal) const override {
    return batch_->ReadEntry(ledger, ordinal);
  }
  absl::StatusOr<uint64_t> NextOrdinal(const LedgerId& ledger) const override {
    return batch_->NextOrdinal(ledger);
  }
  absl::Time LastTime() const override { return batch_->LastTime(); }
  absl::Status Append(const EncodedAct& act, std::span<const NamedContent> contents,
                      std::span<const EncodedEntry> entries) override {
    return batch_->Append(act, contents, entries);
  }
  absl::Status CutContents(const LedgerId& ledger, const Digest& act) override {
    return batch_->CutContents(ledger, act);
  }
  absl::Status EraseContents(const Digest& act) override {
    erased_ = true;
    return batch_->EraseContents(act);
  }
  absl::StatusOr<TreeHead> Head(const LedgerId& ledger) const override {
    return batch_->Head(ledger);
  }
  absl::StatusOr<std::unique_ptr<TileSource>> Tiles(const LedgerId& ledger) const override {
    return batch_->Tiles(ledger);
  }
  absl::StatusOr<LedgerHeads> Commit() override {
    absl::StatusOr<LedgerHeads> heads = batch_->Commit();
    if (absl::IsDataLoss(heads.status())) {
      store_.failed_ = true;
    }
    if (heads.ok() && batch_->changed_registry()) {
      store_.credentials_.Forget();
    }
    if (heads.ok() && erased_) {
      store_.checkpointer_->Truncate();
    }
    return heads;
  }

 private:
  const std::unique_ptr<SqliteBatch> batch_;
  SqliteStore& store_;
  bool erased_ = false;
};

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Init(const std::string& path,
                                                               const Founding& founding,
                                                               Random& random) {
  CBM_ASSIGN_OR_RETURN(const Foundation foundation, Found(founding, random));
  // Made beside its place, so that there is the whole store or none.
  const std::string unfinished = path + ".new";
  RemoveDatabase(unfinished);
  {
    CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, CreateDatabase(unfinished));
    CBM_RETURN_IF_ERROR(WriteFoundation(*connection, founding, foundation));
  }
  const absl::Status placed = PlaceDatabase(unfinished, path);
  RemoveDatabase(unfinished);
  CBM_RETURN_IF_ERROR(placed);
  return Open(path);
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<SqliteStore> store, OpenToRead(path));
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer, OpenDatabase(path));
  CBM_RETURN_IF_ERROR(CheckRegistry(*writer));
  CBM_RETURN_IF_ERROR(store->PrepareToWrite(std::move(writer)));
  return store;
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::OpenToRead(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenDatabase(path));
  CBM_ASSIGN_OR_RETURN(std::string genesis, ReadMeta(*connection, kMetaGenesis));
  CBM_ASSIGN_OR_RETURN(std::string signature, ReadMeta(*connection, kMetaSignature));
  CBM_ASSIGN_OR_RETURN(const std::string exchange_id, ReadMeta(*connection, kMetaExchange));
  absl::StatusOr<Foundation> foundation = ReadFoundation(genesis);
  if (!foundation.ok() || foundation->exchange.id() != exchange_id) {
    return absl::DataLossError("the store does not fit its own genesis document");
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(path, std::move(foundation->exchange),
                                                      std::move(genesis), std::move(signature)));
}

SqliteStore::SqliteStore(std::string path, rules::Exchange exchange, std::string genesis,
                         std::string signature)
    : path_(std::move(path)),
      exchange_(std::move(exchange)),
      genesis_(std::move(genesis)),
      signature_(std::move(signature)),
      readers_(kReadersMax) {}

absl::Status SqliteStore::PrepareToWrite(std::unique_ptr<Connection> writer) {
  writer->SetBusyTimeout(kForeignWriterWait);
  CBM_RETURN_IF_ERROR(writer->Execute(kWriterSettings));
  CBM_RETURN_IF_ERROR(CheckWritable(*writer));
  CBM_RETURN_IF_ERROR(writer->Execute("BEGIN IMMEDIATE; ROLLBACK"));
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> checkpoints, OpenDatabase(path_));
  CBM_RETURN_IF_ERROR(CheckWritable(*checkpoints));
  checkpoints->SetBusyTimeout(kCheckpointWait);
  writer_ = std::move(writer);
  checkpointer_.emplace(std::move(checkpoints));
  checkpointer_->Watch(*writer_);
  return absl::OkStatus();
}

SqliteStore::~SqliteStore() {
  checkpointer_.reset();
  {
    const MutexLock lock(mutex_);
    idle_.clear();
  }
  if (writer_ != nullptr) {
    writer_->SetLogKept(leaves_log_);  // As the last that is closed.
  }
}

absl::Status SqliteStore::Health() const {
  return failed_ || (checkpointer_.has_value() && checkpointer_->failed())
             ? absl::DataLossError("the store's file or disk has failed")
             : absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SqliteStore::Reader>> SqliteStore::NewReader() const {
  CBM_RETURN_IF_ERROR(Health());
  if (!readers_.Take(absl::Now() + kReadWait)) {
    return Busy();
  }
  std::unique_ptr<Connection> connection;
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr) {
    absl::StatusOr<std::unique_ptr<Connection>> opened = OpenDatabase(path_);
    const absl::Status ready =
        opened.ok() ? (*opened)->Execute("PRAGMA query_only = ON") : opened.status();
    if (!ready.ok()) {
      readers_.Give();
      return ready;
    }
    connection = *std::move(opened);
  }
  auto reader = std::make_shared<Reader>(*this, std::move(connection));
  CBM_RETURN_IF_ERROR(Query(reader->connection(), "BEGIN").Run());
  return reader;
}

absl::StatusOr<std::unique_ptr<const Snapshot>> SqliteStore::Read(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(std::shared_ptr<Reader> reader, NewReader());
  Connection& connection = reader->connection();
  // Held by what the snapshot calls at its end, so that it is given back after all else.
  return SqliteSnapshot::Create(exchange_, connection, edges_, ledger,
                                [reader = std::move(reader)] {});
}

absl::StatusOr<std::optional<std::string>> SqliteStore::FindCredential(
    const Digest& credential) const {
  CBM_RETURN_IF_ERROR(Health());
  if (std::optional<std::string> kept = credentials_.Find(credential); kept.has_value()) {
    return kept;
  }
  const uint64_t generation = credentials_.generation();
  CBM_ASSIGN_OR_RETURN(const std::shared_ptr<Reader> reader, NewReader());
  CBM_ASSIGN_OR_RETURN(
      std::optional<std::string> record,
      RowLedgerView(reader->connection(), kRegistry).FindFact(rules::CredentialKey(credential)));
  if (record.has_value()) {
    credentials_.Keep(credential, *record, generation);
  }
  return record;
}

absl::StatusOr<LedgerHeads> SqliteStore::Heads() const {
  CBM_ASSIGN_OR_RETURN(const std::shared_ptr<Reader> reader, NewReader());
  Connection& connection = reader->connection();
  std::vector<int64_t> numbers;
  Query query(connection, "SELECT id FROM ledger");
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      break;
    }
    numbers.push_back(query.Integer(0));
  }
  LedgerHeads heads;
  for (const int64_t number : numbers) {
    CBM_ASSIGN_OR_RETURN(LedgerId ledger, LedgerOfNumber(connection, number));
    CBM_ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEdge> edge,
                         ReadEdge(connection, number, edges_));
    if (edge->size() > 0) {
      heads.emplace(std::move(ledger), edge->Head());
    }
  }
  return heads;
}

absl::StatusOr<std::unique_ptr<Batch>> SqliteStore::Write(absl::Time deadline) {
  CBM_RETURN_IF_ERROR(Health());
  if (writer_ == nullptr) {
    return absl::FailedPreconditionError("the store was opened to be read");
  }
  if (!writers_.Take(deadline)) {
    return Busy();
  }
  absl::StatusOr<std::unique_ptr<SqliteBatch>> batch =
      SqliteBatch::Begin(exchange_, *writer_, edges_, [this] { writers_.Give(); });
  CBM_RETURN_IF_ERROR(batch.status());  // Its end gave the permit back.
  return std::make_unique<Writer>(*std::move(batch), *this);
}

}  // namespace cbm
