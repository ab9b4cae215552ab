// Manual pages and completion are made from the commands themselves: what these tests look for is
// that nothing of a command is missing, and that what means something to troff or a shell does not
// reach it.

#include "client/output/manual.h"

#include <string>

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/run_command.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

// A program with an option, a command, and a command of two words.
class ManualTest : public ::testing::Test {
 protected:
  ManualTest() : program_("Says a thing", "say") {
    program_.add_option("--output", text_, "table or json")
        ->check(CLI::IsMember({"table", "json"}));
    CLI::App* const send = program_.add_subcommand("send", "Send it");
    send->add_option("--body", text_, ".It's a file; $(touch x)\\fB")->required();
    send->add_flag("--yes", yes_, "Do not ask");
    send->footer("Example:\n  say send --body 'a'");
    CLI::App* const list = program_.add_subcommand("list", "Lists");
    list->add_subcommand("states", "Those there are");
  }

  // What bash offers for a line whose last word is being typed.
  std::string Offered(const std::string& words) {
    const std::string script = CompletionScript(program_, Shell::kBash) + "\nCOMP_WORDS=(" + words +
                               ")\n" +
                               "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_say\n"
                               "echo \"${COMPREPLY[@]}\"\n";
    const test::CommandResult result = test::RunCommand({"bash"}, {.input = script});
    return result.output + result.errors;
  }

  std::string text_;
  bool yes_ = false;
  CLI::App program_;
};

TEST_F(ManualTest, HasAPageForTheProgramAndEachCommand) {
  EXPECT_THAT(ManualPages(program_, "say 1.0"),
              ElementsAre(Key("say-list.1"), Key("say-send.1"), Key("say.1")));
}

TEST_F(ManualTest, SaysOfACommandWhatItsHelpSays) {
  const std::string page = ManualPages(program_, "say 1.0").at("say-send.1");
  EXPECT_THAT(page, HasSubstr(".It Fl \\-body Ar value"));
  EXPECT_THAT(page, HasSubstr("Required."));
  EXPECT_THAT(page, HasSubstr(".It Fl \\-yes\nDo not ask\n"));
  EXPECT_THAT(page, HasSubstr("say send \\-\\-body 'a'"));
  EXPECT_THAT(page, HasSubstr("say 1.0"));
  EXPECT_THAT(ManualPages(program_, "say 1.0").at("say-list.1"), HasSubstr(".Ss list states"));
}

TEST_F(ManualTest, LetsNoTextBecomeARequestToTheFormatter) {
  const std::string page = ManualPages(program_, "say 1.0").at("say-send.1");
  EXPECT_THAT(page, HasSubstr("\\&.It's a file"));
  EXPECT_THAT(page, HasSubstr("\\efB"));
  EXPECT_THAT(page, Not(HasSubstr("\\fB")));
}

TEST_F(ManualTest, HasCommandsOptionsAndChoicesCompleted) {
  EXPECT_EQ(Offered("say s"), "send\n");
  EXPECT_EQ(Offered("say send --y"), "--yes\n");
  EXPECT_EQ(Offered("say list ''"), "states --help --output\n");
  EXPECT_EQ(Offered("say --output ''"), "table json\n");
  EXPECT_EQ(Offered("say send --output j"), "json\n");
}

TEST_F(ManualTest, OffersNothingOfAnotherCommand) {
  EXPECT_THAT(Offered("say list --"), Not(HasSubstr("--body")));
  EXPECT_THAT(Offered("say send s"), Not(HasSubstr("send")));
}

TEST_F(ManualTest, GivesFishNoTextToRun) {
  const std::string script = CompletionScript(program_, Shell::kFish);
  EXPECT_THAT(script, HasSubstr("-l body -r -d '.It\\'s a file; $(touch x)\\\\fB'"));
}

}  // namespace
}  // namespace cbm
