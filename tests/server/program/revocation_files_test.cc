// Whatever becomes of a revocation list - empty, cut, late, replaced, gone - what was revoked once
// stays revoked, nobody else is shut out, and the log says what is wrong, once.

#include "server/program/revocation_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/crypto/revocation_list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::kTestStart;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestPki;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RevocationByFiles : public testing::Test {
 protected:
  RevocationByFiles() {
    std::filesystem::create_directory(folder_ / "lists");
    EXPECT_THAT(RevocationFiles::Create(kept_), IsOk());
    Start();
  }

  // As cbmd starts: nothing is known but what is on disk.
  void Start() {
    trust_ = std::make_unique<ClientTrust>(clock_);
    files_ = std::make_unique<RevocationFiles>(folder_ / "lists", kept_, *trust_, clock_, log_);
    EXPECT_THAT(files_->Load(), IsOk());
  }
  void Put(const std::string& name, const std::string& bytes) const {
    folder_.Write("lists/" + name, bytes);
  }
  void Refresh(bool anew = false) { files_->Refresh(anew, pki_.ca_pem()); }

  bool IsRevoked(const Certificate& certificate) const {
    return !trust_->CheckStill(certificate).ok();
  }
  // Estonia is out and Latvia is in, now and after a start.
  void ExpectEstoniaAloneIsOut() {
    Refresh();
    EXPECT_TRUE(IsRevoked(estonia_));
    EXPECT_FALSE(IsRevoked(latvia_));
    Start();
    EXPECT_TRUE(IsRevoked(estonia_));
    Refresh();
    EXPECT_TRUE(IsRevoked(estonia_));
    EXPECT_FALSE(IsRevoked(latvia_));
  }
  // How many lines of the log are of this event.
  size_t Said(const std::string& event) const {
    size_t count = 0;
    const std::string wanted = "\"event\":\"" + event + "\"";
    for (size_t at = said_.find(wanted); at != std::string::npos; at = said_.find(wanted, at + 1)) {
      ++count;
    }
    return count;
  }

  TestPki pki_;
  const Certificate estonia_ = pki_.Issue("EE duty").certificate;
  const Certificate latvia_ = pki_.Issue("LV duty").certificate;
  const TemporaryFolder folder_;
  const std::string kept_ = folder_ / "exchange.db.revoked";
  FakeClock clock_;
  std::string said_;
  Log log_{clock_, LogLevel::kDebug, [this](std::string_view line) {
             said_ += line;
             return true;
           }};
  std::unique_ptr<ClientTrust> trust_;
  std::unique_ptr<RevocationFiles> files_;
};

TEST_F(RevocationByFiles, IsTakenUpOnceFromAListOfAnAuthority) {
  Refresh();
  EXPECT_FALSE(IsRevoked(estonia_));
  Put("states.crl", pki_.IssueList({estonia_}, {.number = 7}));
  Refresh();
  Refresh();
  EXPECT_TRUE(IsRevoked(estonia_));
  EXPECT_FALSE(IsRevoked(latvia_));
  EXPECT_EQ(Said("revocation_list_taken"), 1U);
  EXPECT_THAT(said_, HasSubstr("\"number\":\"07\""));
  ASSERT_THAT(files_->lists(), SizeIs(1));
  EXPECT_EQ(files_->lists().front().revoked, 1U);
  EXPECT_THAT(files_->problems(), IsEmpty());
  Refresh(/*anew=*/true);
  EXPECT_EQ(Said("revocation_list_taken"), 2U);
}

TEST_F(RevocationByFiles, StaysWhateverBecomesOfTheList) {
  const std::string list = pki_.IssueList({estonia_});
  Put("states.crl", list);
  ExpectEstoniaAloneIsOut();
  for (const std::string& damaged :
       {std::string(), list.substr(0, list.size() / 2), std::string("no list"),
        TestPki("Test CA").IssueList({latvia_}), pki_.IssueList({}, {.number = 2})}) {
    SCOPED_TRACE(damaged);
    Put("states.crl", damaged);
    ExpectEstoniaAloneIsOut();
  }
  std::filesystem::remove(folder_ / "lists/states.crl");
  ExpectEstoniaAloneIsOut();
  std::filesystem::remove_all(folder_ / "lists");
  ExpectEstoniaAloneIsOut();
}

TEST_F(RevocationByFiles, IsAddedToByEachListThatFollows) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  Put("states.crl", pki_.IssueList({latvia_}, {.number = 2}));  // Of the same size.
  Refresh();
  EXPECT_TRUE(IsRevoked(estonia_));
  EXPECT_TRUE(IsRevoked(latvia_));
}

TEST_F(RevocationByFiles, DoesNotWaitForAPipe) {
  const std::string pipe = folder_ / "lists/first.crl";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Put("states.crl", pki_.IssueList({estonia_}));
  ExpectEstoniaAloneIsOut();
  EXPECT_THAT(said_, HasSubstr("is a pipe"));
}

TEST_F(RevocationByFiles, TakesAListThatIsReplacedInPlace) {
  Put("states.crl", pki_.IssueList({}));
  Refresh();
  EXPECT_FALSE(IsRevoked(estonia_));
  const std::string next = pki_.IssueList({estonia_}, {.number = 2});
  Put("states.crl.new", "");
  folder_.Write("lists/.next", next);  // Not looked at.
  Refresh();
  EXPECT_FALSE(IsRevoked(estonia_));
  std::filesystem::rename(folder_ / "lists/.next", folder_ / "lists/states.crl");
  Refresh();
  EXPECT_TRUE(IsRevoked(estonia_));
}

TEST_F(RevocationByFiles, SaysOnceOfEachStateThatAListIsNotGood) {
  Put("states.crl", "no list");
  Refresh();
  Refresh();
  EXPECT_EQ(Said("revocation_list_refused"), 1U);
  EXPECT_THAT(said_, HasSubstr("lists/states.crl"));
  Put("states.crl", pki_.IssueList({}));
  Refresh();
  EXPECT_THAT(files_->problems(), IsEmpty());
  Put("states.crl", "no list");
  Refresh();
  EXPECT_EQ(Said("revocation_list_refused"), 2U);
  EXPECT_THAT(files_->lists(), SizeIs(1));  // The last good one.
  Refresh(/*anew=*/true);
  EXPECT_EQ(Said("revocation_list_refused"), 3U);
}

TEST_F(RevocationByFiles, WarnsOnceOfAListThatIsLateAndShutsNobodyOut) {
  Put("states.crl", pki_.IssueList({estonia_}, {.next_update = kTestStart + absl::Hours(1)}));
  Refresh();
  EXPECT_EQ(Said("revocation_list_stale"), 0U);
  clock_.Advance(absl::Hours(1));
  Refresh();
  Refresh();
  EXPECT_EQ(Said("revocation_list_stale"), 1U);
  EXPECT_THAT(files_->problems(), ElementsAre(HasSubstr(pki_.root().subject())));
  EXPECT_TRUE(IsRevoked(estonia_));
  EXPECT_FALSE(IsRevoked(latvia_));
  Put("states.crl", pki_.IssueList({}, {.number = 2}));
  Refresh();
  EXPECT_THAT(files_->problems(), IsEmpty());
}

TEST_F(RevocationByFiles, WarnsOnceOfAnAuthorityWithoutAList) {
  Refresh();
  Refresh();
  EXPECT_EQ(Said("revocation_list_missing"), 1U);
  Put("states.crl", pki_.IssueList({}));
  Refresh();
  EXPECT_THAT(files_->problems(), IsEmpty());
  std::filesystem::remove(folder_ / "lists/states.crl");
  Refresh();
  EXPECT_EQ(Said("revocation_list_missing"), 2U);
}

TEST_F(RevocationByFiles, IsNotLookedForWhereNoFolderIsNamed) {
  RevocationFiles none("", kept_, *trust_, clock_, log_);
  none.Refresh(false, pki_.ca_pem());
  EXPECT_EQ(said_, "");
}

TEST_F(RevocationByFiles, StaysWhereNoFolderIsNamedAnyMore) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  ClientTrust trust(clock_);
  RevocationFiles none("", kept_, trust, clock_, log_);
  ASSERT_THAT(none.Load(), IsOk());
  EXPECT_THAT(trust.Revoked(), ElementsAre(NameInLists(estonia_)));
}

TEST_F(RevocationByFiles, IsJudgedAnewWhenTheAuthoritiesChange) {
  TestPki other("Other CA");
  const Certificate finland = other.Issue("FI duty").certificate;
  Put("other.crl", other.IssueList({finland}));
  Refresh();
  EXPECT_FALSE(IsRevoked(finland));
  EXPECT_EQ(Said("revocation_list_refused"), 1U);
  files_->Refresh(false, pki_.ca_pem() + other.ca_pem());
  EXPECT_TRUE(IsRevoked(finland));
}

TEST_F(RevocationByFiles, IsKeptForItsOwnerAloneAndPutBackIfItIsRemoved) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  struct stat found {};
  ASSERT_EQ(stat(kept_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_THAT(folder_.Read("exchange.db.revoked"),
              HasSubstr("\n" + NameInLists(estonia_) + "\nend\n"));
  std::filesystem::remove(kept_);
  Refresh();
  Put("states.crl", pki_.IssueList({}, {.number = 2}));
  ExpectEstoniaAloneIsOut();
}

TEST_F(RevocationByFiles, IsKeptWhereNothingIsRevokedToo) {
  std::filesystem::remove(kept_);
  Refresh();
  Start();
  EXPECT_EQ(trust_->revoked_count(), 0U);
}

// A list that named somebody may be long gone.
TEST_F(RevocationByFiles, IsNotForgottenWhereWhatIsKeptIsMissing) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  std::filesystem::remove(kept_);
  Put("states.crl", pki_.IssueList({}, {.number = 2}));
  ClientTrust trust(clock_);
  RevocationFiles files(folder_ / "lists", kept_, trust, clock_, log_);
  const absl::Status refused = files.Load();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr(kept_), HasSubstr("is not there"), HasSubstr("would be let in again"),
                    HasSubstr("Put the newest copy of the file back"), HasSubstr("'end' alone")));
  folder_.Write("exchange.db.revoked", "end\n");  // Who knows what is lost says so.
  EXPECT_THAT(files.Load(), IsOk());
}

TEST_F(RevocationByFiles, IsNotForgottenWhereAnExchangeIsMadeAnew) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  EXPECT_THAT(RevocationFiles::Create(kept_), IsOk());
  Start();
  EXPECT_TRUE(IsRevoked(estonia_));
  EXPECT_THAT(RevocationFiles::Create(folder_ / "no/exchange.db.revoked"),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(RevocationByFiles, CountsThoughItCannotBeKeptAndIsKeptLater) {
  std::filesystem::create_directory(kept_ + ".new");  // In the way of what is written.
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  Refresh();
  EXPECT_TRUE(IsRevoked(estonia_));
  EXPECT_EQ(Said("revocations_not_kept"), 1U);
  std::filesystem::remove(kept_ + ".new");
  Refresh();
  EXPECT_THAT(files_->problems(), IsEmpty());
  Start();
  EXPECT_TRUE(IsRevoked(estonia_));
}

// Nothing is written that the next start would refuse.
TEST_F(RevocationByFiles, IsKeptOnlyAsFarAsItCanBeReadAgain) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  const size_t bytes_max = folder_.Read("exchange.db.revoked").size();
  ClientTrust trust(clock_);
  RevocationFiles files(folder_ / "lists", kept_, trust, clock_, log_, bytes_max);
  EXPECT_THAT(files.Load(), IsOk());
  Put("states.crl", pki_.IssueList({latvia_}, {.number = 2}));
  files.Refresh(false, pki_.ca_pem());
  EXPECT_EQ(trust.revoked_count(), 2U);
  EXPECT_THAT(files.problems(), ElementsAre(HasSubstr("it would have more than")));
  EXPECT_EQ(Said("revocations_not_kept"), 1U);
  ClientTrust next(clock_);
  EXPECT_THAT(RevocationFiles("", kept_, next, clock_, log_, bytes_max).Load(), IsOk());
  EXPECT_THAT(next.Revoked(), ElementsAre(NameInLists(estonia_)));
}

TEST_F(RevocationByFiles, IsNotForgottenWhereWhatIsKeptIsDamaged) {
  Put("states.crl", pki_.IssueList({estonia_}));
  Refresh();
  const std::string kept = folder_.Read("exchange.db.revoked");
  for (const std::string& damaged :
       {std::string(), kept.substr(0, kept.size() - 4), kept.substr(0, kept.size() - 9),
        "nonsense\n" + kept, kept + kept}) {
    SCOPED_TRACE(damaged);
    folder_.Write("exchange.db.revoked", damaged);
    ClientTrust trust(clock_);
    const absl::Status refused =
        RevocationFiles(folder_ / "lists", kept_, trust, clock_, log_).Load();
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(kept_));
  }
}

TEST_F(RevocationByFiles, IsLiftedByHandAlone) {
  Put("states.crl", pki_.IssueList({estonia_, latvia_}));
  Refresh();
  std::string kept = folder_.Read("exchange.db.revoked");
  const std::string line = NameInLists(estonia_) + "\n";
  kept.erase(kept.find(line), line.size());
  folder_.Write("exchange.db.revoked", kept);
  Put("states.crl", pki_.IssueList({latvia_}, {.number = 2}));
  Start();
  Refresh();
  EXPECT_FALSE(IsRevoked(estonia_));
  EXPECT_TRUE(IsRevoked(latvia_));
}

}  // namespace
}  // namespace cbm
