#include "server/program/memory.h"

#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "gtest/gtest.h"
#include "server/program/exit_code.h"

namespace cbm {
namespace {

std::system_error RefusedWith(std::errc code) {
  return std::system_error(std::make_error_code(code));
}

TEST(MemoryTest, MemoryOrAThreadThatCannotBeHadEndsTheProcess) {
  EXPECT_EXIT(EndIfMemoryRanOut(std::bad_alloc()), testing::ExitedWithCode(kExitMemory),
              "no more memory");
  EXPECT_EXIT(EndIfMemoryRanOut(RefusedWith(std::errc::resource_unavailable_try_again)),
              testing::ExitedWithCode(kExitMemory), "no more threads");
}

TEST(MemoryTest, AnyOtherErrorEndsNothing) {
  EndIfMemoryRanOut(std::runtime_error("something else"));
  EndIfMemoryRanOut(RefusedWith(std::errc::permission_denied));
}

TEST(MemoryTest, AnErrorThatNothingCaughtIsNamedOrEndsAsMemoryDoes) {
  const auto terminate = [](auto error) {
    EndWhenMemoryRunsOut();
    std::thread([&error] { throw error; }).join();
  };
  EXPECT_EXIT(terminate(RefusedWith(std::errc::resource_unavailable_try_again)),
              testing::ExitedWithCode(kExitMemory), "no more threads");
  EXPECT_DEATH(terminate(std::runtime_error("something else")), "something else");
}

}  // namespace
}  // namespace cbm
