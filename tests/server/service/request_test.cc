#include "server/service/request.h"

#include <string>

#include "cbm/v1/act_service.pb.h"
#include "core/evidence/field_count.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Times(int count, const std::string& field) {
  std::string fields;
  for (int i = 0; i < count; ++i) {
    fields += field;
  }
  return fields;
}

// A field of a message that holds `bytes`, which are not empty; `number` below 16.
std::string Nested(int number, const std::string& bytes) {
  v1::SignedAct carrier;  // Its first field is of bytes.
  carrier.set_act(bytes);
  std::string field = carrier.SerializeAsString();
  field[0] = static_cast<char>(number << 3 | 2);
  return field;
}

TEST(ReadRequest, ReadsWhatIsOurs) {
  v1::PerformActRequest act;
  act.mutable_signed_act()->set_act(std::string(16'000, 'a'));
  for (int i = 0; i < 64; ++i) {
    act.add_addressees()->set_state("EE");
  }
  for (int i = 0; i < 17; ++i) {
    act.add_contents()->mutable_open()->set_plaintext(std::string(60'000, 'p'));
  }
  grpc::ByteBuffer bytes = BufferOf(act.SerializeAsString());
  v1::PerformActRequest read;
  ASSERT_TRUE(ReadRequest(bytes, read).ok());
  EXPECT_EQ(read.SerializeAsString(), act.SerializeAsString());
  EXPECT_EQ(bytes.Length(), 0U);
}

TEST(ReadRequest, CountsFieldsBeforeItReadsAny) {
  const std::string unknown("\x7a\x00", 2);
  for (const std::string& bytes :
       {Times(kMessageFieldsMax + 1, unknown),
        Nested(1, Times(kMessageFieldsMax, unknown)),                 // In the signed act,
        Nested(3, Nested(1, Times(kMessageFieldsMax, unknown))),      // in a content's own,
        Times(kMessageFieldsMax + 1, std::string("\x12\x00", 2)),     // of messages,
        Times(kMessageFieldsMax + 1, std::string("\x78\x00", 2))}) {  // of numbers.
    grpc::ByteBuffer buffer = BufferOf(bytes);
    v1::PerformActRequest request;
    const absl::Status status = ReadRequest(buffer, request);
    EXPECT_EQ(status.code(), kInvalid);
    EXPECT_NE(status.message().find("fields"), std::string::npos) << status.message();
    EXPECT_LT(request.SpaceUsedLong(), 1'000U);
    EXPECT_EQ(buffer.Length(), 0U);
  }
  grpc::ByteBuffer just_enough = BufferOf(Times(kMessageFieldsMax, unknown));
  v1::PerformActRequest request;
  EXPECT_TRUE(ReadRequest(just_enough, request).ok());
}

// Whoever counts and whoever reads must see the same fields: what is refused here is not read at
// all.
TEST(ReadRequest, RefusesWhatCannotBeReadUnread) {
  const std::string many = Times(100'000, std::string("\x00\x7a", 2));
  for (const std::string& bytes :
       {std::string("\x0a"), std::string("\x0a\x05x"), std::string("\xff\xff\xff\xff\xff\xff"),
        Nested(1, "\x0a\x05x") + "\x12", std::string("\x00", 1),
        // A content of 5 bytes, in it an open one of a million, whose first field begins there.
        "\x1a\x05\x0a\xc0\x84\x3d\x7a" + many, std::string("\x00", 1) + many,
        "\x7b" + Times(100'000, std::string("\x7a\x00", 2)) + "\x7c"}) {  // A group.
    grpc::ByteBuffer buffer = BufferOf(bytes);
    v1::PerformActRequest request;
    EXPECT_EQ(ReadRequest(buffer, request).code(), kInvalid);
    EXPECT_EQ(buffer.Length(), 0U);
    EXPECT_LT(request.SpaceUsedLong(), 1'000U);
  }
}

}  // namespace
}  // namespace cbm
