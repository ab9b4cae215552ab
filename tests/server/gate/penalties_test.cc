// Who is kept out because of what his sessions sent, and for how long. Time is a number.

#include "server/gate/penalties.h"

#include "gtest/gtest.h"

namespace cbm {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

Digest Of(uint32_t number) {
  return Sha256({std::string_view(reinterpret_cast<const char*>(&number), sizeof(number))});
}

class Abuses : public testing::Test {
 protected:
  void Add(uint32_t whose, int times) {
    for (int i = 0; i < times; ++i) {
      penalties_.Add(Of(whose), now_);
    }
  }
  bool MayCome(uint32_t whose) { return penalties_.MayCome(Of(whose), now_); }

  SteadyTime now_ = kStart;
  Penalties penalties_{{.abuses_burst = 3, .forgiven_in = milliseconds(1'000)}};
};

TEST_F(Abuses, KeepACertificateOutOnceTheyAreTooManyAndNoOther) {
  EXPECT_TRUE(MayCome(1));
  Add(1, 2);
  EXPECT_TRUE(MayCome(1));
  Add(1, 1);
  EXPECT_FALSE(MayCome(1));
  EXPECT_TRUE(MayCome(2));
}

TEST_F(Abuses, AreForgivenOneAfterAnother) {
  Add(1, 3);
  now_ += milliseconds(999);
  EXPECT_FALSE(MayCome(1));
  now_ += milliseconds(1);
  EXPECT_TRUE(MayCome(1));
  Add(1, 1);
  EXPECT_FALSE(MayCome(1)) << "the others are not forgiven yet";
  now_ += milliseconds(3'000);
  Add(1, 2);
  EXPECT_TRUE(MayCome(1)) << "all were";
}

TEST_F(Abuses, KeepNobodyOutForLongHoweverManyTheyWere) {
  Add(1, 10'000);
  now_ += milliseconds(1'000);
  EXPECT_TRUE(MayCome(1));
}

TEST_F(Abuses, AreNotForgivenByTimeThatRunsBackwards) {
  Add(1, 3);
  now_ -= milliseconds(5'000);
  EXPECT_FALSE(MayCome(1));
  Add(1, 1);
  EXPECT_FALSE(MayCome(1));
}

TEST_F(Abuses, OfManyDoNotCostMoreThanTheBound) {
  for (uint32_t whose = 1; whose <= kPenaltiesMax; ++whose) {
    Add(whose, 3);
  }
  Add(0, 3);
  EXPECT_TRUE(MayCome(0)) << "there is no room for it";
  EXPECT_FALSE(MayCome(1));
  now_ += milliseconds(3'000);
  Add(0, 3);
  EXPECT_FALSE(MayCome(0)) << "the others are forgiven, and there is room";
}

}  // namespace
}  // namespace cbm
