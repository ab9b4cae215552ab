#include "client/output/manual.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"

namespace cbm {
namespace {

// In the order in which they were added.
std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Text of a manual page: a backslash, and a full stop or quote that begins a line, mean something
// to the formatter.
std::string Roff(std::string_view text) {
  std::string escaped;
  bool line_begins = true;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (line_begins && (c == '.' || c == '\'')) {
      escaped += "\\&";
      escaped += c;
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
    line_begins = c == '\n';
  }
  return escaped;
}

// What an option takes, as it is shown: nothing for a flag.
std::string Argument(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) {
    return "";
  }
  const std::string type = option.get_type_name();
  const size_t choice = type.find('{');
  return choice == std::string::npos ? std::string("value") : type.substr(choice);
}

void AppendOption(const CLI::Option& option, std::string& page) {
  if (option.get_positional() && option.get_lnames().empty()) {
    page += fmt::format(".It Ar {}\n", Roff(option.get_name(true)));
  } else {
    std::string names;
    for (const std::string& name : option.get_snames()) {
      names += fmt::format("{}Fl {}", names.empty() ? "" : " , ", Roff(name));
    }
    for (const std::string& name : option.get_lnames()) {
      names += fmt::format("{}Fl \\-{}", names.empty() ? "" : " , ", Roff(name));
    }
    const std::string argument = Argument(option);
    page += fmt::format(".It {}{}{}\n", names, argument.empty() ? "" : " Ar ", Roff(argument));
  }
  page += Roff(option.get_description());
  page += option.get_required() ? ".\nRequired.\n" : "\n";
}

void AppendOptions(const CLI::App& app, std::string& page) {
  page += ".Bl -tag -width Ds\n";
  for (const CLI::Option* option : app.get_options()) {
    AppendOption(*option, page);
  }
  page += ".El\n";
}

// The example that stands below a command's help.
void AppendExample(const CLI::App& app, std::string& page) {
  constexpr std::string_view kHead = "Example:\n";
  const std::string footer = app.get_footer();
  if (footer.starts_with(kHead)) {
    page +=
        fmt::format(".Bd -literal -offset indent\n{}\n.Ed\n", Roff(footer.substr(kHead.size())));
  }
}

std::string Head(std::string_view title, std::string_view description) {
  std::string upper(title);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  return fmt::format(".Dd $Mdocdate$\n.Dt {} 1\n.Os\n.Sh NAME\n.Nm {}\n.Nd {}\n.Sh SYNOPSIS\n",
                     upper, Roff(title), Roff(description));
}

std::string CommandPage(const CLI::App& program, const CLI::App& command,
                        std::string_view version) {
  const std::string title = program.get_name() + "-" + command.get_name();
  std::string page = Head(title, command.get_description());
  const std::vector<const CLI::App*> parts = CommandsOf(command);
  page += fmt::format(".Nm {} {}\n{}.Op options\n.Sh DESCRIPTION\n{}.\n", program.get_name(),
                      command.get_name(), parts.empty() ? "" : ".Ar command\n",
                      Roff(command.get_description()));
  if (parts.empty()) {
    AppendOptions(command, page);
  }
  for (const CLI::App* part : parts) {
    page += fmt::format(".Ss {} {}\n{}.\n", Roff(command.get_name()), Roff(part->get_name()),
                        Roff(part->get_description()));
    AppendOptions(*part, page);
    AppendExample(*part, page);
  }
  if (parts.empty()) {
    page += ".Sh EXAMPLES\n";
    AppendExample(command, page);
  }
  page +=
      fmt::format(".Sh SEE ALSO\n.Xr {} 1\n.Sh VERSION\n{}\n", program.get_name(), Roff(version));
  return page;
}

std::string ProgramPage(const CLI::App& program, std::string_view version) {
  std::string page = Head(program.get_name(), program.get_description());
  page += fmt::format(".Nm\n.Op options\n.Ar command\n.Sh DESCRIPTION\n{}.\n",
                      Roff(program.get_description()));
  AppendOptions(program, page);
  page += ".Sh COMMANDS\n.Bl -tag -width Ds\n";
  for (const CLI::App* command : CommandsOf(program)) {
    page += fmt::format(".It Xr {}-{} 1\n{}.\n", program.get_name(), command->get_name(),
                        Roff(command->get_description()));
  }
  page += ".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds -compact\n";
  constexpr std::string_view kMeanings[] = {
      "done; an empty list too",
      "failed here: disk, key, not confirmed",
      "usage; also where a question cannot be asked and --yes is missing",
      "refused by the exchange",
      "not now: try again",
      "evidence does not verify",
      "what was named was not found"};
  int code = 0;
  for (const std::string_view meaning : kMeanings) {
    page += fmt::format(".It {}\n{}\n", code++, Roff(meaning));
  }
  page += fmt::format(".El\n.Sh VERSION\n{}\n", Roff(version));
  return page;
}

// What may follow a command on the line.
std::string Words(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : CommandsOf(app)) {
    words += command->get_name() + " ";
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      words += fmt::format("--{} ", name);
    }
  }
  return words;
}

void AppendBashCases(const CLI::App& app, const std::string& path, std::string& values,
                     std::string& words) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string argument = Argument(*option);
    if (argument.empty() || option->get_lnames().empty()) {
      continue;
    }
    std::string choices;  // None means: a file, or anything.
    if (argument.starts_with('{')) {
      choices = argument.substr(1, argument.find('}') - 1);
      std::replace(choices.begin(), choices.end(), ',', ' ');
    }
    values += fmt::format("    \"{} --{}\") words='{}'; value=yes ;;\n", path,
                          option->get_lnames().front(), choices);
  }
  words += fmt::format("    \"{}\") words='{}' ;;\n", path, Words(app));
  for (const CLI::App* command : CommandsOf(app)) {
    AppendBashCases(*command, path + " " + command->get_name(), values, words);
  }
}

std::string CommandPaths(const CLI::App& app, const std::string& path) {
  std::string paths;
  for (const CLI::App* command : CommandsOf(app)) {
    const std::string one = path + " " + command->get_name();
    paths += fmt::format("{}\"{}\"", paths.empty() ? "" : "|", one);
    if (const std::string more = CommandPaths(*command, one); !more.empty()) {
      paths += "|" + more;
    }
  }
  return paths;
}

std::string BashScript(const CLI::App& program) {
  const std::string& name = program.get_name();
  std::string values;
  std::string words;
  AppendBashCases(program, name, values, words);
  // The options of the program may stand after any command.
  std::string everywhere;
  for (const CLI::Option* option : program.get_options()) {
    if (option == program.get_help_ptr()) {
      continue;  // Every command has its own.
    }
    for (const std::string& one : option->get_lnames()) {
      everywhere += fmt::format("--{} ", one);
    }
  }
  return fmt::format(
      R"(_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path={0} words='' value=no i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {1}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$path ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{2}  esac
  if [[ $value == no ]]; then
    case "${{COMP_WORDS[COMP_CWORD - 1]}}" in
      --output) words='table json'; value=yes ;;
      --profile) value=yes ;;
    esac
  fi
  if [[ $value == no ]]; then
    case "$path" in
{3}    esac
    words="$words {4}"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $value == yes && -z $words ]] || [[ ${{#COMPREPLY[@]}} == 0 && $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}}
complete -o filenames -F _{0} {0}
)",
      name, CommandPaths(program, name), values, words, everywhere);
}

std::string FishQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

void AppendFish(const std::string& program, const CLI::App& app, const std::string& condition,
                std::string& script) {
  const std::vector<const CLI::App*> commands = CommandsOf(app);
  std::string names;
  for (const CLI::App* command : commands) {
    names += " " + command->get_name();
  }
  for (const CLI::App* command : commands) {
    const std::string chosen =
        fmt::format("{}; and not __fish_seen_subcommand_from{}", condition, names);
    script += fmt::format("complete -c {} -n {} -f -a {} -d {}\n", program, FishQuoted(chosen),
                          command->get_name(), FishQuoted(command->get_description()));
    AppendFish(
        program, *command,
        fmt::format("{}; and __fish_seen_subcommand_from {}", condition, command->get_name()),
        script);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      script += fmt::format("complete -c {} -n {} -l {}{} -d {}\n", program, FishQuoted(condition),
                            name, Argument(*option).empty() ? "" : " -r",
                            FishQuoted(option->get_description()));
    }
  }
}

}  // namespace

std::map<std::string, std::string> ManualPages(const CLI::App& program, std::string_view version) {
  std::map<std::string, std::string> pages;
  pages[program.get_name() + ".1"] = ProgramPage(program, version);
  for (const CLI::App* command : CommandsOf(program)) {
    pages[fmt::format("{}-{}.1", program.get_name(), command->get_name())] =
        CommandPage(program, *command, version);
  }
  return pages;
}

std::string CompletionScript(const CLI::App& program, Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return BashScript(program);
    case Shell::kZsh:
      return fmt::format("#compdef {}\nautoload -U +X bashcompinit && bashcompinit\n{}",
                         program.get_name(), BashScript(program));
    case Shell::kFish:
      break;
  }
  std::string script;
  AppendFish(program.get_name(), program, "true", script);
  return script;
}

}  // namespace cbm
