// What the exchange takes of one request: each limit at its bound and one past it, with the code
// and a message that says which limit it was. Rates, queues and streams are in load_test.cc;
// requests that are longer than any may be, in long_request_test.cc.
//
// A request that is refused for another reason shows as well as one that is taken that the limit
// let it through; the tests use that where no good request is as long.

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/directory_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "cbm/v1/notification_service.grpc.pb.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/encoded.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Draft;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::cbm::test::ToStatus;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

constexpr size_t kSurplusBytes = size_t{64} * 1024;    // Of a request, beside act and contents.
constexpr size_t kReadBytesMax = size_t{16} * 1024;    // Of a request that reads.
constexpr size_t kMessageBytesMax = size_t{2} << 20U;  // Of any message.

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// Serves with `limits`; each test has its own.
class Served {
 public:
  explicit Served(const LimitsConfig& limits = {}) : exchange_({.limits = limits}) {}

  ServedExchange* operator->() { return &exchange_; }
  const TestOffice& estonia() const { return exchange_.Office("EE"); }

  absl::StatusOr<v1::PerformActResponse> Send(const Draft& draft) {
    return exchange_.Perform(estonia(), ServedExchange::Sign(estonia(), draft));
  }
  Draft ToLatvia() { return exchange_.DraftSubmit(estonia(), {"LV"}); }

 private:
  ServedExchange exchange_;
};

// ---- The act ----

// An act of `bytes` that is good but for its language.
Draft ActOf(Served& served, size_t bytes) {
  Draft draft = served.ToLatvia();
  std::string& language = *draft.act.mutable_submit()->mutable_notification()->mutable_language();
  while (draft.act.ByteSizeLong() < bytes) {
    language.append(std::max<size_t>(1, (bytes - draft.act.ByteSizeLong()) / 2), 'x');
  }
  EXPECT_EQ(draft.act.ByteSizeLong(), bytes);
  return draft;
}

TEST(ActBytes, AreTakenUpToTheBound) {
  for (const uint64_t bound : {uint64_t{2048}, LimitsConfig().act_bytes_max}) {
    LimitsConfig limits;
    limits.act_bytes_max = bound;
    Served served(limits);
    const auto at_bound = served.Send(ActOf(served, bound));
    EXPECT_THAT(at_bound, HasCode(kInvalid));
    EXPECT_THAT(MessageOf(at_bound.status()), HasSubstr("language"));

    const LedgerHeads before = served->Heads();
    const auto past_it = served.Send(ActOf(served, bound + 1));
    EXPECT_THAT(past_it, HasCode(kInvalid));
    EXPECT_EQ(MessageOf(past_it.status()),
              fmt::format("act has {} bytes; at most {} are allowed", bound + 1, bound));
    EXPECT_EQ(served->Heads(), before);
  }
}

// Latvia opens `notifications` in one act, which is made at a full hour: so all such acts have one
// size.
Draft OpenOf(Served& served, const std::vector<Digest>& notifications) {
  served->clock().Set(test::kTestStart + absl::Hours(1));
  Draft draft{.act = served->NewAct(served->Office("LV")), .openings = {}, .contents = {}};
  draft.act.mutable_audience()->mutable_own();
  draft.act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
  for (const Digest& notification : notifications) {
    v1::Reference& reference = *draft.act.add_references();
    reference.set_act_digest(std::string(BytesOf(notification)));
    reference.set_record_version(1);
  }
  return draft;
}

TEST(ActBytes, OfAGoodActAreTakenWhereTheyAreTheBound) {
  constexpr size_t kNotifications = 50;
  Served measured;
  const uint64_t size = OpenOf(measured, std::vector<Digest>(kNotifications)).act.ByteSizeLong();
  for (const bool fits : {true, false}) {
    LimitsConfig limits;
    limits.act_bytes_max = fits ? size : size - 1;
    Served served(limits);
    std::vector<Digest> sent;
    while (sent.size() < kNotifications) {
      const v1::PerformActRequest request = served->MakeSubmit(served.estonia(), {"LV"});
      ASSERT_THAT(served->Perform(served.estonia(), request), IsOk());
      sent.push_back(test::DigestOf(request));
    }
    const TestOffice& latvia = served->Office("LV");
    const Draft draft = OpenOf(served, sent);
    ASSERT_EQ(draft.act.ByteSizeLong(), size);
    EXPECT_THAT(served->Perform(latvia, ServedExchange::Sign(latvia, draft)),
                HasCode(fits ? absl::StatusCode::kOk : kInvalid));
  }
}

TEST(SignatureBytes, AreTakenUpTo4KiB) {
  Served served;
  v1::PerformActRequest request = served->MakeSubmit(served.estonia(), {"LV"});
  request.mutable_signed_act()->mutable_signature()->resize(4096);
  auto answer = served->Perform(served.estonia(), request);
  EXPECT_THAT(answer, HasCode(kInvalid));
  EXPECT_THAT(MessageOf(answer.status()), Not(HasSubstr("4096")));
  request.mutable_signed_act()->mutable_signature()->resize(4097);
  answer = served->Perform(served.estonia(), request);
  EXPECT_THAT(answer, HasCode(kInvalid));
  EXPECT_EQ(MessageOf(answer.status()), "signature has 4097 bytes; at most 4096 are allowed");
}

TEST(ValidHours, BoundHowLongAnActMayBeGood) {
  for (const uint64_t hours : {uint64_t{1}, LimitsConfig().valid_hours_max}) {
    LimitsConfig limits;
    limits.valid_hours_max = hours;
    Served served(limits);
    Draft draft = served.ToLatvia();
    const absl::Time bound =
        rules::FromTimestamp(draft.act.author_time()) + absl::Hours(static_cast<int64_t>(hours));
    *draft.act.mutable_valid_until() = rules::ToTimestamp(bound + absl::Microseconds(1));
    const auto past_it = served.Send(draft);
    EXPECT_THAT(past_it, HasCode(kInvalid));
    EXPECT_EQ(MessageOf(past_it.status()),
              fmt::format("valid_until must be after author_time, by at most {}h", hours));
    *draft.act.mutable_valid_until() = rules::ToTimestamp(bound);
    EXPECT_THAT(served.Send(draft), IsOk());
  }
}

TEST(AuthorTimeAhead, IsAsConfigured) {
  LimitsConfig limits;
  limits.author_time_ahead_seconds_max = 7;
  Served served(limits);
  served->clock().Advance(absl::Hours(1));
  const absl::Time bound = served->clock().Now() + absl::Seconds(7);
  Draft draft = served.ToLatvia();
  *draft.act.mutable_author_time() = rules::ToTimestamp(bound + absl::Microseconds(1));
  const auto past_it = served.Send(draft);
  EXPECT_THAT(past_it, HasCode(kInvalid));
  EXPECT_THAT(MessageOf(past_it.status()), HasSubstr("author_time must be at most 7s ahead"));
  *draft.act.mutable_author_time() = rules::ToTimestamp(bound);
  EXPECT_THAT(served.Send(draft), IsOk());
}

TEST(Addressees, AreTakenUpToTheBound) {
  LimitsConfig limits;
  limits.addressees_max = 1;
  Served served(limits);
  EXPECT_THAT(served.Send(served->DraftSubmit(served.estonia(), {"LV"})), IsOk());
  const LedgerHeads before = served->Heads();
  const auto past_it = served.Send(served->DraftSubmit(served.estonia(), {"FI", "LV"}));
  EXPECT_THAT(past_it, HasCode(kInvalid));
  EXPECT_EQ(MessageOf(past_it.status()), "addressees: there are 2; at most 1 are allowed");
  EXPECT_EQ(served->Heads(), before);
}

// ---- Contents ----

// Says `bytes` in all: a manifest, and one content that it lists.
void SetContents(Served& served, size_t bytes, Draft& draft) {
  const auto manifest_with = [&](const v1::OpenContent& listed) {
    v1::Manifest manifest;
    manifest.set_subject("A test");
    v1::ListedContent& entry = *manifest.add_contents();
    entry.set_digest(std::string(BytesOf(ContentDigest(listed.salt(), listed.plaintext()))));
    entry.set_name("log.txt");
    entry.set_media_type("text/plain");
    entry.set_size(listed.plaintext().size());
    return WriteManifest(manifest).value();
  };
  v1::OpenContent listed = MakeOpenContent(std::string(bytes - 150, 'x'), served->random());
  for (size_t size = manifest_with(listed).size(); size + listed.plaintext().size() != bytes;
       size = manifest_with(listed).size()) {
    listed.mutable_plaintext()->resize(bytes - size, 'x');
  }
  const v1::OpenContent manifest = MakeOpenContent(manifest_with(listed), served->random());
  draft.act.set_manifest_digest(
      std::string(BytesOf(ContentDigest(manifest.salt(), manifest.plaintext()))));
  draft.contents.resize(2);
  *draft.contents[0].mutable_open() = manifest;
  *draft.contents[1].mutable_open() = listed;
}

TEST(ContentBytes, AreTakenUpToTheBound) {
  for (const uint64_t bound : {uint64_t{4096}, LimitsConfig().content_bytes_max}) {
    LimitsConfig limits;
    limits.content_bytes_max = bound;
    Served served(limits);
    Draft draft = served.ToLatvia();
    SetContents(served, bound + 1, draft);
    const LedgerHeads before = served->Heads();
    const auto past_it = served.Send(draft);
    EXPECT_THAT(past_it, HasCode(kInvalid));
    EXPECT_EQ(
        MessageOf(past_it.status()),
        fmt::format("contents: have {} bytes; at most {} are allowed together", bound + 1, bound));
    EXPECT_EQ(served->Heads(), before);
    SetContents(served, bound, draft);
    EXPECT_THAT(served.Send(draft), IsOk());
  }
}

// The gate bounds what is under way of one certificate: with room for who sends three at once.
TEST(ContentBytes, OfThreeActsAtOnceAreTakenOverOneConnection) {
  Served served;
  EXPECT_THAT(served.Send(served.ToLatvia()), IsOk());  // Connects.
  std::vector<Draft> drafts;
  for (int i = 0; i < 3; ++i) {
    drafts.push_back(served.ToLatvia());
    SetContents(served, LimitsConfig().content_bytes_max, drafts.back());
  }
  std::vector<absl::Status> outcomes(drafts.size());
  std::vector<std::thread> senders;
  for (size_t i = 0; i < drafts.size(); ++i) {
    senders.emplace_back([&, i] { outcomes[i] = served.Send(drafts[i]).status(); });
  }
  for (std::thread& sender : senders) {
    sender.join();
  }
  EXPECT_THAT(outcomes, Each(IsOk()));
}

// ---- The request as a whole ----

// Makes a message longer by a field that nobody knows, up to `bytes`.
template <typename Message>
void PadTo(size_t bytes, Message& message) {
  std::string* const padding =
      message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(5'000);
  while (message.ByteSizeLong() < bytes) {
    padding->append(std::max<size_t>(1, (bytes - message.ByteSizeLong()) / 2), 'x');
  }
  EXPECT_EQ(message.ByteSizeLong(), bytes);
}

TEST(RequestBytes, OfAnActAreTakenUpToTheBound) {
  LimitsConfig limits;
  limits.act_bytes_max = 2048;
  limits.content_bytes_max = 4096;
  const size_t bound = 2048 + 4096 + kSurplusBytes;
  Served served(limits);
  v1::PerformActRequest request = served->MakeSubmit(served.estonia(), {"LV"});
  PadTo(bound + 1, request);
  const auto past_it = served->Perform(served.estonia(), request);
  EXPECT_THAT(past_it, HasCode(kInvalid));
  EXPECT_EQ(MessageOf(past_it.status()),
            fmt::format("the request has {} bytes; at most {} are taken", bound + 1, bound));
  request = served->MakeSubmit(served.estonia(), {"LV"});
  PadTo(bound, request);
  EXPECT_THAT(served->Perform(served.estonia(), request), IsOk());
}

TEST(RequestBytes, OfAReadAreTakenUpToTheBound) {
  Served served;
  for (const bool fits : {true, false}) {
    v1::GetExchangeRequest request;
    PadTo(fits ? kReadBytesMax : kReadBytesMax + 1, request);
    const auto answer =
        served->Call(served.estonia(), &v1::ExchangeService::Stub::GetExchange, request);
    EXPECT_THAT(answer, HasCode(fits ? absl::StatusCode::kOk : kInvalid));
    EXPECT_EQ(MessageOf(answer.status()),
              fits ? "" : "the request has 16385 bytes; at most 16384 are taken");
  }
}

// Else 2 MiB could be sent again and again, for nothing.
TEST(RequestBytes, AreTakenFromTheRateAlsoOfARequestThatHasTooMany) {
  for (const bool is_bytes : {false, true}) {
    LimitsConfig limits;
    limits.office_share_percent = 100;
    if (is_bytes) {
      limits.state_read_bytes_per_second = 1'000;
      limits.state_read_bytes_burst = 2 * kReadBytesMax;
      limits.state_act_bytes_per_second = 1'000;
      limits.state_act_bytes_burst = 3 * (kMessageBytesMax / 2);
    } else {
      limits.state_reads_burst = 2;
      limits.state_acts_burst = 2;
    }
    Served served(limits);
    served->clock().Advance(absl::Hours(1));
    v1::GetExchangeRequest request;
    PadTo(kReadBytesMax + 1, request);
    v1::PerformActRequest act = served->MakeSubmit(served.estonia(), {"LV"});
    PadTo(kMessageBytesMax, act);
    for (const bool pays : {true, true, false}) {
      EXPECT_THAT(served->Call(served.estonia(), &v1::ExchangeService::Stub::GetExchange, request),
                  HasCode(pays ? kInvalid : absl::StatusCode::kResourceExhausted));
      EXPECT_THAT(served->Perform(served.estonia(), act),
                  HasCode(pays ? kInvalid : absl::StatusCode::kResourceExhausted));
    }
  }
}

// Calls GetExchange as `prepare` says.
template <typename Prepare>
absl::Status CallWith(Served& served, Prepare prepare) {
  v1::ExchangeService::Stub stub(served->Channel(served.estonia()));
  grpc::ClientContext context;
  test::SetDeadline(context);
  prepare(context);
  v1::GetExchangeResponse response;
  v1::GetExchangeRequest request;
  PadTo(4'000, request);  // Enough to be worth compressing.
  return ToStatus(stub.GetExchange(&context, request, &response));
}

TEST(Metadata, AreTakenUpTo16KiB) {
  Served served;
  const auto with = [&](size_t bytes) {
    return CallWith(served, [&](grpc::ClientContext& context) {
      context.AddMetadata("x-padding", std::string(bytes, 'x'));
    });
  };
  EXPECT_THAT(with(15'000), IsOk());  // gRPC's own come to it.
  EXPECT_THAT(with(16'384), HasCode(absl::StatusCode::kResourceExhausted));
}

TEST(Compression, IsRefused) {
  Served served;
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    EXPECT_THAT(CallWith(served,
                         [&](grpc::ClientContext& context) {
                           context.set_compression_algorithm(algorithm);
                         }),
                HasCode(absl::StatusCode::kUnimplemented));
  }
}

TEST(Deadline, OfACallIsRequiredAndBounded) {
  Served served;
  const auto within = [&](std::chrono::system_clock::time_point deadline) {
    return CallWith(served, [&](grpc::ClientContext& context) { context.set_deadline(deadline); });
  };
  const auto now = std::chrono::system_clock::now();
  EXPECT_THAT(within(now + std::chrono::seconds(60)), IsOk());
  for (const auto deadline :
       {now + std::chrono::minutes(10), std::chrono::system_clock::time_point::max()}) {
    const absl::Status refused = within(deadline);
    EXPECT_THAT(refused, HasCode(kInvalid));
    EXPECT_EQ(MessageOf(refused), "a call must carry a deadline of at most 1m: set one");
  }
}

TEST(Deadline, IsBoundedForAnActToo) {
  Served served;
  v1::ActService::Stub stub(served->Channel(served.estonia()));
  grpc::ClientContext context;
  v1::PerformActResponse response;
  const LedgerHeads before = served->Heads();
  EXPECT_THAT(
      ToStatus(stub.PerformAct(&context, served->MakeSubmit(served.estonia(), {"LV"}), &response)),
      HasCode(kInvalid));
  EXPECT_EQ(served->Heads(), before);
}

// ---- Pages ----

// How many of a list a page of each size holds, or the refusal.
template <typename List>
void ExpectPages(List list) {
  EXPECT_EQ(list(0).value(), 2);
  EXPECT_EQ(list(1).value(), 1);
  EXPECT_EQ(list(3).value(), 3);
  EXPECT_EQ(list(4).value(), 3);
  EXPECT_EQ(list(2'147'483'647).value(), 3);
  for (const int32_t negative : {-1, -2'147'483'647 - 1}) {
    const absl::StatusOr<int> refused = list(negative);
    EXPECT_THAT(refused, HasCode(kInvalid));
    EXPECT_EQ(MessageOf(refused.status()),
              fmt::format("page_size is {}; 0 means 2, at most 3 are given", negative));
  }
}

TEST(PageSize, HasADefaultAndABoundInEveryList) {
  LimitsConfig limits;
  limits.page_size_default = 2;
  limits.page_size_max = 3;
  Served served(limits);
  for (const std::string name : {"a", "b", "c"}) {
    served->Enrol({.party = "EE", .name = name});
    ASSERT_THAT(served.Send(served.ToLatvia()), IsOk());
  }
  ASSERT_THAT(served.Send(served.ToLatvia()), IsOk());
  const auto count = [&](auto method, auto request, auto field) {
    return [&served, method, request, field](int32_t size) mutable -> absl::StatusOr<int> {
      request.set_page_size(size);
      const auto page = served->Call(served.estonia(), method, request);
      return page.ok() ? absl::StatusOr<int>(field(*page)) : page.status();
    };
  };
  v1::ListEntriesRequest entries;
  entries.mutable_cursor()->set_ledger("ALL/OSCE");
  entries.mutable_cursor()->set_epoch(1);
  ExpectPages(count(&v1::LedgerService::Stub::ListEntries, entries,
                    [](const v1::ListEntriesResponse& page) { return page.records_size(); }));
  ExpectPages(count(&v1::NotificationService::Stub::List, v1::ListNotificationsRequest(),
                    [](const auto& page) { return page.notifications_size(); }));
  ExpectPages(count(&v1::DirectoryService::Stub::ListStates, v1::ListStatesRequest(),
                    [](const auto& page) { return page.states_size(); }));
  v1::ListOfficesRequest offices;
  offices.set_party("EE");
  ExpectPages(count(&v1::DirectoryService::Stub::ListOffices, offices,
                    [](const auto& page) { return page.offices_size(); }));
}

TEST(Limits, AreToldToWhoeverAsks) {
  LimitsConfig limits;
  limits.act_bytes_max = 9'000;
  limits.content_bytes_max = 5'000;
  limits.addressees_max = 7;
  limits.page_size_default = 3;
  limits.page_size_max = 11;
  limits.streams_per_office_max = 2;
  limits.author_time_ahead_seconds_max = 17;
  limits.valid_hours_max = 5;
  limits.call_deadline_seconds_max = 31;
  Served served(limits);
  const auto about = served->Call(served.estonia(), &v1::ExchangeService::Stub::GetExchange,
                                  v1::GetExchangeRequest());
  ASSERT_THAT(about, IsOk());
  EXPECT_EQ(about->limits().act_bytes_max(), 9'000U);
  EXPECT_EQ(about->limits().content_bytes_max(), 5'000U);
  EXPECT_EQ(about->limits().addressees_max(), 7U);
  EXPECT_EQ(about->limits().page_size_default(), 3U);
  EXPECT_EQ(about->limits().page_size_max(), 11U);
  EXPECT_EQ(about->limits().streams_per_office_max(), 2U);
  EXPECT_EQ(about->limits().author_time_ahead_max().seconds(), 17);
  EXPECT_EQ(about->limits().validity_max().seconds(), 5 * 3600);
  EXPECT_EQ(about->limits().call_deadline_max().seconds(), 31);
}

}  // namespace
}  // namespace cbm
