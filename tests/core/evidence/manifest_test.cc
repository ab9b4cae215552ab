// Manifests: what an act says, within bounds that every reader can count on.

#include "core/evidence/manifest.h"

#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

v1::Manifest WithSubject(std::string subject) {
  v1::Manifest manifest;
  manifest.set_subject(std::move(subject));
  return manifest;
}

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) {
    repeated += text;
  }
  return repeated;
}

v1::ListedContent& List(v1::Manifest& manifest, char digest) {
  v1::ListedContent& content = *manifest.add_contents();
  content.set_digest(std::string(32, digest));
  content.set_name("map.pdf");
  content.set_media_type("application/pdf");
  content.set_size(3);
  return content;
}

TEST(Manifest, IsReadAsItWasWritten) {
  v1::Manifest manifest = WithSubject("Exercise");
  manifest.set_body("Line one.\nLine two.\n");
  v1::Field& field = *manifest.add_fields();
  field.set_name("cross_border");
  field.set_value("no");
  List(manifest, 'a').set_key(std::string(32, 'k'));
  const auto bytes = WriteManifest(manifest);
  ASSERT_THAT(bytes, IsOk());
  const auto read = ReadManifest(*bytes);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->purpose(), "cbm.v1/manifest");
  EXPECT_EQ(read->version(), 1U);
  EXPECT_EQ(read->subject(), "Exercise");
  EXPECT_EQ(read->body(), manifest.body());
  EXPECT_EQ(read->contents(0).name(), "map.pdf");
}

TEST(Manifest, HasASubjectOfOneLineCountedInCharacters) {
  EXPECT_THAT(WriteManifest(WithSubject("")), IsOk());
  EXPECT_THAT(WriteManifest(WithSubject(Repeat("õ", 200))), IsOk());
  EXPECT_THAT(WriteManifest(WithSubject(Repeat("õ", 201))), HasCode(kInvalid));
  for (const char* const line_break :
       {"\n", "\r", "\x1B", "\x7F", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    EXPECT_THAT(WriteManifest(WithSubject(fmt::format("two{}lines", line_break))),
                HasCode(kInvalid));
  }
}

TEST(Manifest, IsRefusedIfItIsNotOne) {
  const google::protobuf::LogSilencer quiet;
  v1::Manifest manifest = WithSubject("s");
  manifest.set_purpose("cbm.v1/act");
  manifest.set_version(1);
  EXPECT_THAT(ReadManifest(manifest.SerializeAsString()), HasCode(kInvalid));
  manifest.set_purpose("cbm.v1/manifest");
  EXPECT_THAT(ReadManifest(manifest.SerializeAsString()), IsOk());
  manifest.set_version(2);
  EXPECT_THAT(ReadManifest(manifest.SerializeAsString()), HasCode(kInvalid));
  EXPECT_THAT(ReadManifest("\x0A"), HasCode(kInvalid));
  EXPECT_THAT(ReadManifest("\x1A\x01\xFF"), HasCode(kInvalid));  // A subject that is not UTF-8.
  EXPECT_THAT(ReadManifest(std::string(kManifestBytesMax + 1, 'x')), HasCode(kInvalid));
}

TEST(Manifest, HasTranslationsThatNameWhoMadeThem) {
  v1::Manifest manifest = WithSubject("s");
  for (const std::string language : {"fr", "ru"}) {
    v1::Translation& translation = *manifest.add_translations();
    translation.set_language(language);
    translation.set_made_by("Language service");
    translation.set_text(std::string(kBodyBytesMax, 'x'));
  }
  const auto bytes = WriteManifest(manifest);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(ReadManifest(*bytes)->translations(1).made_by(), "Language service");

  const auto refused = [&](const auto& spoil) {
    v1::Manifest spoilt = manifest;
    spoil(*spoilt.mutable_translations(1));
    EXPECT_THAT(WriteManifest(spoilt), HasCode(kInvalid));
  };
  refused([](v1::Translation& t) { t.clear_language(); });
  refused([](v1::Translation& t) { t.set_language("fr"); });
  refused([](v1::Translation& t) { t.set_language("de"); });
  refused([](v1::Translation& t) { t.set_language(std::string(kLanguageCharactersMax + 1, 'z')); });
  refused([](v1::Translation& t) { t.clear_made_by(); });
  refused([](v1::Translation& t) { t.set_made_by("two\nlines"); });
  refused([](v1::Translation& t) { t.set_made_by(std::string(kMadeByCharactersMax + 1, 'x')); });
  refused([](v1::Translation& t) { t.clear_text(); });
  refused([](v1::Translation& t) { t.mutable_text()->push_back('x'); });

  manifest.clear_translations();
  for (size_t i = 0; i <= kTranslationsMax; ++i) {
    v1::Translation& translation = *manifest.add_translations();
    translation.set_language(fmt::format("l{}", i));
    translation.set_made_by("M");
    translation.set_text("T");
  }
  EXPECT_THAT(WriteManifest(manifest), HasCode(kInvalid));
  manifest.mutable_translations()->RemoveLast();
  EXPECT_THAT(WriteManifest(manifest), IsOk());
}

TEST(Manifest, BoundsBodyAndFields) {
  v1::Manifest manifest = WithSubject("s");
  manifest.set_body(std::string(kBodyBytesMax, 'x'));
  EXPECT_THAT(WriteManifest(manifest), IsOk());
  manifest.mutable_body()->push_back('x');
  EXPECT_THAT(WriteManifest(manifest), HasCode(kInvalid));

  manifest = WithSubject("s");
  for (size_t i = 0; i < kFieldsMax; ++i) {
    manifest.add_fields()->set_name(fmt::format("field_{:02}", i));
  }
  manifest.mutable_fields(0)->set_value(std::string(kFieldValueBytesMax, 'x'));
  EXPECT_THAT(WriteManifest(manifest), IsOk());
  v1::Manifest altered = manifest;
  altered.mutable_fields(0)->mutable_value()->push_back('x');
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.add_fields()->set_name("field_99");
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_fields()->SwapElements(0, 1);
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_fields(1)->set_name("field_00");
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_fields(0)->clear_name();
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
}

TEST(Manifest, ListsPlainFilesOnceEach) {
  v1::Manifest manifest = WithSubject("s");
  for (size_t i = 0; i < kListedContentsMax; ++i) {
    List(manifest, static_cast<char>('a' + i));
  }
  EXPECT_THAT(WriteManifest(manifest), IsOk());
  List(manifest, 'z');
  EXPECT_THAT(WriteManifest(manifest), HasCode(kInvalid));

  manifest = WithSubject("s");
  List(manifest, 'a');
  for (const char* const name : {"", ".", "..", "../map.pdf", "a\\b", "two\nlines"}) {
    v1::Manifest altered = manifest;
    altered.mutable_contents(0)->set_name(name);
    EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid)) << name;
  }
  v1::Manifest altered = manifest;
  altered.mutable_contents(0)->set_digest("short");
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_contents(0)->set_key("short");
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_contents(0)->set_name(std::string(kContentNameCharactersMax + 1, 'x'));
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  altered = manifest;
  altered.mutable_contents(0)->set_media_type(std::string(kMediaTypeCharactersMax + 1, 'x'));
  EXPECT_THAT(WriteManifest(altered), HasCode(kInvalid));
  List(manifest, 'a');
  EXPECT_THAT(WriteManifest(manifest), HasCode(kInvalid));
}

}  // namespace
}  // namespace cbm
