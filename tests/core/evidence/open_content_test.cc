// What is handed in with an act: exactly what it names, and no more.

#include "core/evidence/open_content.h"

#include <string>
#include <utility>

#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

Digest DigestOf(const v1::Content& content) {
  return ContentDigest(content.open().salt(), content.open().plaintext());
}

class OpenContentTest : public testing::Test {
 protected:
  using Contents = google::protobuf::RepeatedPtrField<v1::Content>;

  // An act with a manifest that lists `texts`.
  void Make(const std::vector<std::string>& texts) {
    contents_.Clear();
    contents_.Add();
    v1::Manifest manifest;
    manifest.set_subject("Exercise");
    for (const std::string& text : texts) {
      *contents_.Add()->mutable_open() = MakeOpenContent(text, random_);
      v1::ListedContent& listed = *manifest.add_contents();
      listed.set_digest(std::string(BytesOf(DigestOf(*contents_.rbegin()))));
      listed.set_name("file");
      listed.set_size(text.size());
    }
    *contents_.Mutable(0)->mutable_open() =
        MakeOpenContent(WriteManifest(std::move(manifest)).value(), random_);
    act_.set_manifest_digest(std::string(BytesOf(DigestOf(contents_.Get(0)))));
  }

  FakeRandom random_;
  v1::Act act_;
  Contents contents_;
};

TEST_F(OpenContentTest, IsNamedByItsDigest) {
  v1::OpenContent content = MakeOpenContent("text", random_);
  const Digest digest = ContentDigest(content.salt(), "text");
  EXPECT_EQ(content.salt().size(), kContentSaltBytes);
  EXPECT_THAT(CheckOpenContent(content, BytesOf(digest)), IsOk());
  EXPECT_THAT(CheckOpenContent(content, ""), HasCode(absl::StatusCode::kDataLoss));
  content.set_plaintext("tex");
  EXPECT_THAT(CheckOpenContent(content, BytesOf(digest)), HasCode(absl::StatusCode::kDataLoss));
  // A salt that reaches into the text: the digest is the same, the content is not.
  content.set_salt(content.salt() + "t");
  content.set_plaintext("ext");
  EXPECT_THAT(CheckOpenContent(content, BytesOf(digest)), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(OpenContentTest, IsTakenIfItIsWhatTheActNames) {
  Make({"a map", "a list"});
  const auto digests = CheckContents(act_, contents_);
  ASSERT_THAT(digests, IsOk());
  ASSERT_EQ(digests->size(), 3U);
  EXPECT_EQ(BytesOf(digests->front()), act_.manifest_digest());
  EXPECT_EQ(digests->back(), DigestOf(contents_.Get(2)));
}

TEST_F(OpenContentTest, BelongsToAManifest) {
  EXPECT_THAT(CheckContents(act_, contents_), IsOk());
  Make({});
  EXPECT_THAT(CheckContents(act_, contents_), IsOk());
  EXPECT_THAT(CheckContents(v1::Act(), contents_), HasCode(kInvalid));
  EXPECT_THAT(CheckContents(act_, Contents()), HasCode(kInvalid));
}

TEST_F(OpenContentTest, IsRefusedIfNotWhatIsNamed) {
  Make({"a map", "a list"});
  act_.mutable_manifest_digest()->front() ^= 1;
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({"a map", "a list"});
  contents_.SwapElements(1, 2);
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({"a map", "a list"});
  contents_.RemoveLast();
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({"a map", "a list"});
  *contents_.Add() = contents_.Get(1);
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({"a map"});
  contents_.Mutable(1)->mutable_open()->mutable_plaintext()->front() ^= 1;
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
}

TEST_F(OpenContentTest, IsRefusedIfTheManifestMisstatesASize) {
  Make({"a map"});
  v1::Manifest manifest = ReadManifest(contents_.Get(0).open().plaintext()).value();
  manifest.mutable_contents(0)->set_size(6);
  *contents_.Mutable(0)->mutable_open() = MakeOpenContent(WriteManifest(manifest).value(), random_);
  act_.set_manifest_digest(std::string(BytesOf(DigestOf(contents_.Get(0)))));
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
}

TEST_F(OpenContentTest, IsRefusedIfTheManifestIsNone) {
  *contents_.Add()->mutable_open() = MakeOpenContent("no manifest", random_);
  act_.set_manifest_digest(std::string(BytesOf(DigestOf(contents_.Get(0)))));
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
}

TEST_F(OpenContentTest, IsRefusedBeyondItsBounds) {
  Make({std::string(kContentBytesMax, 'x')});
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({});
  for (int i = 0; i < 17; ++i) {
    *contents_.Add() = contents_.Get(0);
  }
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
  Make({});
  contents_.Mutable(0)->mutable_open()->mutable_salt()->push_back('x');
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
}

TEST_F(OpenContentTest, IsNotSealedYet) {
  Make({});
  contents_.Add()->mutable_sealed()->set_party("EE");
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(absl::StatusCode::kUnimplemented));
  contents_.Mutable(1)->mutable_blob();
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(absl::StatusCode::kUnimplemented));
  contents_.Mutable(1)->Clear();
  EXPECT_THAT(CheckContents(act_, contents_), HasCode(kInvalid));
}

}  // namespace
}  // namespace cbm
