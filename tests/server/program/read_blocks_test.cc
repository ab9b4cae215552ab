// What gRPC is told of its blocks; that it heeds it, tests/fault/attack_test.py sees by its memory.

#include "server/program/read_blocks.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace cbm {
namespace {

constexpr const char* kExperiments = "GRPC_EXPERIMENTS";

class ReadBlocks : public testing::Test {
 protected:
  ReadBlocks() {
    if (const char* const before = std::getenv(kExperiments); before != nullptr) {
      before_ = before;
    }
  }
  ~ReadBlocks() override {
    if (before_.has_value()) {
      setenv(kExperiments, before_->c_str(), 1);
    } else {
      unsetenv(kExperiments);
    }
  }

  std::optional<std::string> before_;
};

TEST_F(ReadBlocks, AreSmallWithoutTheFixedSizes) {
  unsetenv(kExperiments);
  ReadInSmallBlocks();
  EXPECT_STREQ(std::getenv(kExperiments), "-tcp_read_chunks");
}

// The last counts: nobody's environment makes them large again.
TEST_F(ReadBlocks, AreSmallWhateverElseWasChosen) {
  setenv(kExperiments, "tcp_read_chunks,periodic_resource_quota_reclamation", 1);
  ReadInSmallBlocks();
  EXPECT_STREQ(std::getenv(kExperiments),
               "tcp_read_chunks,periodic_resource_quota_reclamation,-tcp_read_chunks");
}

}  // namespace
}  // namespace cbm
