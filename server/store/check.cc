#include "server/store/check.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/genesis.h"
#include "core/log/frontier.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "server/store/contradictions.h"
#include "server/store/facts_aside.h"
#include "server/store/ledger_rows.h"
#include "server/store/schema.h"
#include "server/store/store_errors.h"
#include "server/store/stray_rows.h"

namespace cbm {
namespace {

constexpr size_t kFindingsMax = 1000;

// Leaf hashes as recomputed, and the tiles that were made of them.
class RecomputedTiles final : public TileSource {
 public:
  void Append(const Digest& leaf) { leaves_ += BytesOf(leaf); }

  absl::StatusOr<std::string> ReadTile(TileId) override {
    return absl::NotFoundError("made in one step, from the leaves alone");
  }
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    return leaves_.substr(static_cast<size_t>(from) * kDigestBytes, count * kDigestBytes);
  }

 private:
  std::string leaves_;
};

// The digest that names what is stored of a content; nothing if it has no form.
std::optional<Digest> DigestOf(const v1::Content& content) {
  switch (content.form_case()) {
    case v1::Content::kOpen:
      return ContentDigest(content.open().salt(), content.open().plaintext());
    case v1::Content::kSealed:
      return BlobDigest(content.sealed().envelope());
    case v1::Content::kBlob:
      return BlobDigest(content.blob().ciphertext());
    default:
      return std::nullopt;
  }
}

// What SQLite makes of the pages of the truth.
constexpr std::array kPageChecks = {
    "PRAGMA main.integrity_check(meta)",    "PRAGMA main.integrity_check(ledger)",
    "PRAGMA main.integrity_check(act)",     "PRAGMA main.integrity_check(act_entries)",
    "PRAGMA main.integrity_check(content)", "PRAGMA main.integrity_check(cut)",
};

absl::StatusOr<GenesisDocument> ReadGenesisFrom(Connection& connection) {
  CBM_ASSIGN_OR_RETURN(std::string genesis, ReadMeta(connection, kMetaGenesis));
  absl::StatusOr<GenesisDocument> document = ReadGenesis(std::move(genesis));
  // What the reader says of it shows pieces of damaged bytes.
  return document.ok() ? std::move(document)
                       : absl::DataLossError("the genesis document cannot be read");
}

// Makes aside what follows from the truth, and reads that wherever the truth has to be found by it:
// so that what it finds is wrong with the truth. What is stored is held against it at the end.
class Checker {
 public:
  Checker(Connection& connection, GenesisDocument genesis, const LedgerHeads& signed_heads,
          Witnesses witnesses)
      : connection_(connection),
        genesis_(std::move(genesis)),
        signed_(signed_heads),
        witnesses_(witnesses) {}

  absl::StatusOr<CheckReport> Check() {
    CBM_RETURN_IF_ERROR(MakeTablesAside(connection_));
    // Until its end, all is read as it stands now. Not a transaction: in one, SQLite would write
    // nothing aside any more once it has met a damaged page.
    Query instant(connection_, "SELECT 1 FROM meta");
    CBM_RETURN_IF_ERROR(instant.Next().status());
    CBM_RETURN_IF_ERROR(CheckPages());
    CBM_RETURN_IF_ERROR(Noting("acts", IndexAside(connection_)));
    CBM_RETURN_IF_ERROR(Noting("genesis", CheckGenesis()));
    CBM_RETURN_IF_ERROR(Noting("acts", CheckActs()));
    CBM_RETURN_IF_ERROR(Noting("contents", CheckContents()));
    CBM_RETURN_IF_ERROR(Noting("ledgers", CheckLedgers()));
    CBM_RETURN_IF_ERROR(Noting("database", FoundAll(FindStrayRows(connection_))));
    CBM_RETURN_IF_ERROR(CheckSigned());
    if (report_.findings.empty()) {
      CBM_RETURN_IF_ERROR(Noting("facts", ProjectAside(connection_)));
      CBM_RETURN_IF_ERROR(CompareWithStored());
    }
    return std::move(report_);
  }

 private:
  // One ledger on its way from its first entry to its last.
  struct Walk {
    Walk(int64_t of_number, LedgerId of_ledger) : number(of_number), ledger(std::move(of_ledger)) {}

    const int64_t number;
    const LedgerId ledger;
    uint64_t next = 0;
    absl::Time time = absl::InfinitePast();
    std::string act_digest;
    RecomputedTiles leaves;
    Frontier frontier;
  };

  void Found(std::string where, std::string_view what) {
    if (report_.findings.size() < kFindingsMax) {
      report_.findings.push_back({.where = std::move(where), .what = std::string(what)});
    }
  }
  void FoundUnless(bool right, const std::string& where, std::string_view what) {
    if (!right) {
      Found(where, what);
    }
  }

  absl::Status FoundAll(const absl::StatusOr<std::vector<Finding>>& findings) {
    CBM_RETURN_IF_ERROR(findings.status());
    for (const Finding& finding : *findings) {
      Found(finding.where, finding.what);
    }
    return absl::OkStatus();
  }

  // Calls `row` for each row of a statement without parameters.
  absl::Status ForEach(std::string_view sql, const std::function<absl::Status(const Query&)>& row) {
    Query query(connection_, sql);
    while (true) {
      CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
      if (!found) {
        return absl::OkStatus();
      }
      CBM_RETURN_IF_ERROR(row(query));
    }
  }

  // What cannot be read is found, and does not keep the rest from being looked at.
  absl::Status Noting(std::string_view where, const absl::Status& checked) {
    if (!absl::IsDataLoss(checked)) {
      return checked;
    }
    Found(std::string(where), std::string(checked.message()));
    return absl::OkStatus();
  }

  absl::Status CheckPages() {
    CBM_ASSIGN_OR_RETURN(const bool sound,
                         ArePagesSound(connection_, "PRAGMA main.integrity_check(1)"));
    report_.differences.file_is_damaged = !sound;
    if (sound) {
      return absl::OkStatus();
    }
    for (const char* const check : kPageChecks) {
      CBM_RETURN_IF_ERROR(Noting("database", ForEach(check, [&](const Query& row) {
                                   FoundUnless(row.Blob(0) == "ok", "database", row.Blob(0));
                                   return absl::OkStatus();
                                 })));
    }
    return absl::OkStatus();
  }

  absl::Status CheckGenesis() {
    CBM_ASSIGN_OR_RETURN(const std::string signature, ReadMeta(connection_, kMetaSignature));
    FoundUnless(VerifyGenesisSignature(genesis_, signature).ok(), "genesis",
                "the signature is not the secretariat's");
    CBM_ASSIGN_OR_RETURN(const std::string id, ReadMeta(connection_, kMetaExchange));
    FoundUnless(id == genesis_.exchange_id, "genesis", "the exchange id is another document's");
    CBM_ASSIGN_OR_RETURN(founded_, ReadMeta(connection_, kMetaTime));
    return CheckFoundingEntries();
  }

  absl::Status CheckFoundingEntries() {
    if (genesis_.genesis.frameworks().empty()) {
      return absl::OkStatus();
    }
    const absl::StatusOr<std::vector<Place>> places = ReadPlaces(connection_, kNoAct);
    if (!places.ok() && !absl::IsDataLoss(places.status())) {
      return places.status();
    }
    if (!places.ok()) {
      Found("genesis", "the entries that begin frameworks' ledgers cannot be read");
      return absl::OkStatus();
    }
    return CheckPlaces(kNoAct, *places, "genesis");
  }

  absl::Status CheckActs() {
    absl::Time before = absl::InfinitePast();
    CBM_RETURN_IF_ERROR(
        ForEach("SELECT act.id, act.time, act_entries.bytes, act.bytes, act.signature FROM act "
                "LEFT JOIN act_entries ON act_entries.act = act.id ORDER BY act.id",
                [&](const Query& row) { return CheckAct(row, before); }));
    return ForEach(
        "SELECT count(*), (SELECT count(*) FROM act_digest), (SELECT count(*) FROM act_name) "
        "FROM act",
        [&](const Query& row) {
          FoundUnless(row.Integer(0) == row.Integer(1) && row.Integer(0) == row.Integer(2), "acts",
                      "not every act has a digest and an act id of its own");
          return absl::OkStatus();
        });
  }

  absl::Status CheckAct(const Query& row, absl::Time& before) {
    const int64_t number = row.Integer(0);
    const std::string where = fmt::format("act {}", number);
    const absl::Time time = absl::FromUnixMicros(row.Integer(1));
    FoundUnless(before < time, where, "its time does not follow that of the act before");
    before = time;
    const absl::StatusOr<EncodedAct> act =
        EncodedAct::Read(std::string(row.Blob(3)), std::string(row.Blob(4)));
    const absl::StatusOr<std::vector<Place>> places = PlacesOf(row.Blob(2));
    FoundUnless(act.ok(), where, "it cannot be read");
    FoundUnless(
        places.ok(), where,
        row.IsNull(2) ? "its entries are missing" : "its entries are not as they were kept");
    if (!act.ok() || !places.ok()) {
      return absl::OkStatus();
    }
    CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> by_digest,
                         FindActNumber(connection_, act->digest));
    FoundUnless(by_digest == number, where, "its bytes are another act's as well");
    Query named(connection_, "SELECT act FROM act_name WHERE name = ?");
    const std::string key = NameKey(
        {.party = act->act.party(), .office = act->act.office(), .act_id = act->act.act_id()});
    named.Bind(key);
    CBM_ASSIGN_OR_RETURN(const bool found, named.Next());
    FoundUnless(found && named.Integer(0) == number, where, "its act id is another act's as well");
    return CheckPlaces(number, *places, where);
  }

  // Whether the entries of an act stand where it has them.
  absl::Status CheckPlaces(int64_t act, const std::vector<Place>& places,
                           const std::string& where) {
    for (const Place& place : places) {
      Query entry(connection_, "SELECT act FROM entry WHERE ledger = ? AND ordinal = ?");
      entry.Bind(place.ledger).Bind(place.ordinal);
      CBM_ASSIGN_OR_RETURN(const bool stands, entry.Next());
      FoundUnless(stands && entry.Integer(0) == act, where,
                  fmt::format("another act has its entry {} in ledger number {}", place.ordinal,
                              place.ledger));
    }
    return absl::OkStatus();
  }

  absl::Status CheckContents() {
    return ForEach("SELECT id, digest, bytes FROM content WHERE bytes NOT NULL",
                   [&](const Query& row) {
                     const std::string where =
                         fmt::format("content {} of act {}", row.Integer(0) % kContentsOfAct,
                                     row.Integer(0) / kContentsOfAct);
                     v1::Content content;
                     const bool read = content.ParseFromString(std::string(row.Blob(2)));
                     const std::optional<Digest> digest = DigestOf(content);
                     FoundUnless(read && digest.has_value() && BytesOf(*digest) == row.Blob(1),
                                 where, "it is not what its digest names");
                     return absl::OkStatus();
                   });
  }

  absl::Status CheckLedgers() {
    std::vector<int64_t> numbers;
    // Ledgers with a name, and those that entries name alone.
    CBM_RETURN_IF_ERROR(
        ForEach("SELECT id FROM ledger UNION SELECT DISTINCT ledger FROM entry ORDER BY 1",
                [&](const Query& row) {
                  numbers.push_back(row.Integer(0));
                  return absl::OkStatus();
                }));
    for (const int64_t number : numbers) {
      absl::StatusOr<LedgerId> ledger = LedgerOfNumber(connection_, number);
      if (!ledger.ok()) {
        Found(fmt::format("ledger number {}", number), "it has no name");
        continue;
      }
      CBM_ASSIGN_OR_RETURN(const std::string beginning, ReadBeginning(connection_, number));
      FoundUnless(beginning == KeepBeginning(genesis_.exchange_id, *ledger), ledger->text(),
                  "its entries begin otherwise than they must");
      Walk walk(number, *std::move(ledger));
      CBM_RETURN_IF_ERROR(CheckLedger(walk));
    }
    return absl::OkStatus();
  }

  absl::Status CheckLedger(Walk& walk) {
    {
      Query query(connection_,
                  "SELECT entry.ordinal, entry.act, act_entries.bytes, ledger.beginning FROM entry "
                  "LEFT JOIN act_entries ON act_entries.act = entry.act "
                  "LEFT JOIN ledger ON ledger.id = entry.ledger "
                  "WHERE entry.ledger = ? ORDER BY entry.ordinal");
      query.Bind(walk.number);
      while (true) {
        CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
        if (!found) {
          break;
        }
        CBM_RETURN_IF_ERROR(CheckEntry(query, walk));
      }
    }
    CBM_ASSIGN_OR_RETURN(const std::vector<Tile> tiles,
                         GrowTiles(walk.leaves, {.from = 0, .to = walk.frontier.size()}));
    for (const Tile& tile : tiles) {
      CBM_RETURN_IF_ERROR(PutTile(connection_, walk.number, tile));
    }
    if (walk.next > 0) {
      report_.heads.emplace(walk.ledger, walk.frontier.Head());
    }
    return absl::OkStatus();
  }

  absl::Status CheckEntry(const Query& row, Walk& walk) {
    const uint64_t ordinal = row.Unsigned(0);
    const std::string where = fmt::format("{} {}", walk.ledger.text(), ordinal);
    FoundUnless(ordinal == walk.next, where, "entries before it are missing");
    walk.next = ordinal + 1;
    absl::StatusOr<std::string> bytes =
        EntryAt(row.Blob(2), {.ledger = walk.number, .ordinal = ordinal}, row.Blob(3));
    if (!bytes.ok()) {
      Found(where, "it is not as it was kept");
      return absl::OkStatus();
    }
    const absl::StatusOr<EncodedEntry> entry = EncodedEntry::Read(*std::move(bytes));
    if (!entry.ok()) {
      Found(where, "it cannot be read");
      return absl::OkStatus();
    }
    walk.leaves.Append(entry->leaf_hash);
    walk.frontier.Append(entry->leaf_hash);
    const v1::Entry& says = entry->entry;
    FoundUnless(says.purpose() == "cbm.v1/entry" && says.exchange_id() == genesis_.exchange_id &&
                    says.ledger() == walk.ledger.text() && says.ordinal() == ordinal,
                where, "it is another place's");
    const absl::Time time = rules::FromTimestamp(says.time());
    FoundUnless(walk.time < time || (walk.time == time && walk.act_digest == says.act_digest()),
                where, "its time does not follow that of the entry before");
    walk.time = time;
    walk.act_digest = says.act_digest();
    if (row.Integer(1) == kNoAct) {
      FoundUnless(walk.ledger.is_all() && ordinal == 0 && says.kind() == v1::ACT_KIND_UNSPECIFIED &&
                      says.act_digest() == BytesOf(genesis_.digest),
                  where, "it has no act, and does not begin a framework's ledger");
      FoundUnless(fmt::format("{}", absl::ToUnixMicros(time)) == founded_, where,
                  "its time is not the one that the store was founded at");
      return absl::OkStatus();
    }
    return CheckAgainstAct(row.Integer(1), says, where, walk);
  }

  absl::Status CheckAgainstAct(int64_t number, const v1::Entry& entry, const std::string& where,
                               const Walk& walk) {
    Query act(connection_,
              "SELECT act.time, act_entries.bytes, act.bytes, act.signature FROM act "
              "LEFT JOIN act_entries ON act_entries.act = act.id WHERE act.id = ?");
    act.Bind(number);
    CBM_ASSIGN_OR_RETURN(const bool found, act.Next());
    if (!found) {
      Found(where, "its act is missing");
      return absl::OkStatus();
    }
    FoundUnless(entry.act_digest() == BytesOf(Sha256(act.Blob(2))), where,
                "it is not of the act that it stands for");
    FoundUnless(entry.signature_digest() == BytesOf(Sha256(act.Blob(3))), where,
                "the signature is not the one that it names");
    FoundUnless(rules::FromTimestamp(entry.time()) == absl::FromUnixMicros(act.Integer(0)), where,
                "its time is not its act's");
    const absl::StatusOr<std::vector<Place>> places = PlacesOf(act.Blob(1));
    if (!places.ok()) {
      return absl::OkStatus();  // Found with the act.
    }
    const Place own{.ledger = walk.number, .ordinal = entry.ordinal()};
    FoundUnless(std::count(places->begin(), places->end(), own) == 1, where,
                "its act does not name it");
    FoundUnless(IsAuthorsOwn(entry) == (places->front() == own), where,
                "it is not the author's, or its act names another as that");
    // The author's own gives all that its act came with.
    if (entry.role() == v1::ENTRY_ROLE_OWN || !entry.given_digest().empty()) {
      CBM_ASSIGN_OR_RETURN(const std::vector<Digest> digests,
                           ReadContentDigests(connection_, number));
      FoundUnless(entry.given_digest() == GivenDigest(digests), where,
                  "the contents are not those that it gives");
    }
    return CheckDelivered(entry, *places, where);
  }

  absl::Status CheckDelivered(const v1::Entry& entry, const std::vector<Place>& places,
                              const std::string& where) {
    if (entry.delivered().empty()) {
      return absl::OkStatus();
    }
    std::set<std::string, std::less<>> leaf_hashes;
    for (const Place& place : places) {
      const absl::StatusOr<EncodedEntry> there =
          ReadEntryRow(connection_, place.ledger, place.ordinal);
      if (there.ok()) {  // Else it is found where it stands.
        leaf_hashes.emplace(BytesOf(there->leaf_hash));
      }
    }
    for (const v1::Delivered& delivered : entry.delivered()) {
      FoundUnless(leaf_hashes.count(delivered.leaf_hash()) == 1, where,
                  fmt::format("what it delivered to {} is missing", delivered.party()));
    }
    return absl::OkStatus();
  }

  // A database that is older than the newest fits itself.
  absl::Status CheckSigned() {
    for (const auto& [ledger, head] : signed_) {
      CBM_ASSIGN_OR_RETURN(const int64_t number, FindLedgerNumber(connection_, ledger));
      CBM_ASSIGN_OR_RETURN(const uint64_t size, CountEntries(connection_, number));
      RowTiles tiles(connection_, number);
      const absl::StatusOr<std::string> difference = DifferenceFrom(head, tiles, size);
      if (!difference.ok() && !absl::IsDataLoss(difference.status())) {
        return difference.status();
      }
      FoundUnless(
          difference.ok() && difference->empty(), ledger.text(),
          fmt::format("it {}: put the newest database back, and do not serve this one",
                      difference.ok() ? *difference : "cannot be held against what was signed"));
    }
    return absl::OkStatus();
  }

  absl::Status CompareWithStored() {
    Differences& differences = report_.differences;
    for (const DerivedTable table : kDerivedTables) {
      CBM_ASSIGN_OR_RETURN(differences[table],
                           CompareAside(connection_, table, differences.file_is_damaged));
    }
    const auto registry = ReadMeta(connection_, kMetaRegistry);
    CBM_RETURN_IF_ERROR(
        ForEach("SELECT count(*) FROM fact WHERE ledger = 0", [&](const Query& row) {
          const bool is_counted = registry.ok() && *registry == fmt::format("{}", row.Integer(0));
          differences[DerivedTable::kFacts].different += is_counted ? 0 : 1;
          return absl::OkStatus();
        }));
    CBM_ASSIGN_OR_RETURN(const uint64_t unknown, CountUnknownMeta(connection_));
    differences[DerivedTable::kFacts].unfounded += unknown;
    if (differences.identical() || witnesses_ == Witnesses::kAreGone) {
      return absl::OkStatus();
    }
    return FoundAll(FindContradictions(connection_, signed_));
  }

  Connection& connection_;
  const GenesisDocument genesis_;
  const LedgerHeads& signed_;
  const Witnesses witnesses_;
  std::string founded_;  // Microseconds, in decimal.
  CheckReport report_;
};

}  // namespace

absl::StatusOr<CheckReport> CheckRows(Connection& connection, const LedgerHeads& signed_heads,
                                      Witnesses witnesses) {
  CBM_ASSIGN_OR_RETURN(GenesisDocument genesis, ReadGenesisFrom(connection));
  return Checker(connection, std::move(genesis), signed_heads, witnesses).Check();
}

absl::StatusOr<std::unique_ptr<Connection>> OpenToCheck(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path();
  sqlite3_free(sqlite3_temp_directory);
  sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenDatabase(path));
  CBM_RETURN_IF_ERROR(connection->Execute("PRAGMA temp_store = FILE"));  // May be large.
  return connection;
}

absl::StatusOr<CheckReport> CheckStore(const std::string& path, const LedgerHeads& signed_heads) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenToCheck(path));
  return CheckRows(*connection, signed_heads, Witnesses::kAreHeard);
}

absl::StatusOr<GenesisDocument> ReadGenesisOf(const std::string& path) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, OpenDatabase(path));
  return ReadGenesisFrom(*connection);
}

}  // namespace cbm
