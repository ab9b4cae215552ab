// cbmd: the server of the exchange.

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "fmt/format.h"
#include "google/protobuf/stubs/logging.h"
#include "server/config/config.h"
#include "server/ops/version.h"
#include "server/program/exit_code.h"
#include "server/program/files.h"
#include "server/program/init.h"
#include "server/program/inspect.h"
#include "server/program/memory.h"
#include "server/program/read_blocks.h"
#include "server/program/scheduling.h"
#include "server/program/serve.h"
#include "server/program/tls.h"

namespace {

int Report(const absl::Status& status) {
  if (status.ok()) {
    if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
      return cbm::kExitDone;
    }
    fmt::print(stderr,
               "cbmd: it is done, but what it says could not be written to standard output: is the "
               "disk full?\n");
    return cbm::kExitFailed;
  }
  fmt::print(stderr, "cbmd: {}\n", cbm::Printable(std::string(status.message())));
  return cbm::kExitFailed;
}

int Report(const absl::StatusOr<bool>& fits) {
  if (!fits.ok()) {
    const int code = Report(fits.status());
    return absl::IsDataLoss(fits.status()) ? int{cbm::kExitDifference} : code;
  }
  return *fits ? Report(absl::OkStatus()) : int{cbm::kExitDifference};
}

int Run(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  static_cast<void>(cbm::RunInBatches());  // It works without, only slower.
  // Anybody could fill the log with what protobuf says of bytes that do not parse.
  google::protobuf::SetLogHandler(nullptr);

  CLI::App app("The server of the CBM exchange.", "cbmd");
  app.set_version_flag("--version", std::string("cbmd ").append(cbm::kVersion));
  app.require_subcommand(1);
  std::string path;
  std::string signature;
  const auto add = [&](const char* name, const char* text) {
    CLI::App* const command = app.add_subcommand(name, text);
    command->add_option("--config", path, "the configuration file; deploy/cbmd.toml explains it")
        ->required();
    return command;
  };
  CLI::App* const init =
      add("init", "write the genesis document; with --signature, create the exchange");
  init->add_option("--signature", signature, "the secretariat's signature of the genesis document");
  CLI::App* const serve = add("serve", "serve the exchange until SIGTERM");
  CLI::App* const check =
      add("check", "recompute all ledgers, trees and contents; say what is wrong");
  CLI::App* const key =
      add("key", "print the exchange's id and the log key that offices are given");
  CLI::App* const rebuild =
      add("rebuild", "make indices, trees and facts anew from the entries; say whether identical");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      fmt::print(stderr, "cbmd: there is no command '{}'; see cbmd --help\n",
                 app.remaining().front());
      return cbm::kExitUsage;
    }
    return app.exit(error) == 0 ? Report(absl::OkStatus()) : int{cbm::kExitUsage};
  }

  const absl::StatusOr<cbm::Config> config = cbm::LoadConfig(path);
  if (!config.ok()) {
    fmt::print(stderr, "{}\n", std::string(config.status().message()));
    return cbm::kExitUsage;
  }
  if (init->parsed()) {
    return Report(signature.empty() ? cbm::WriteGenesisDocument(*config)
                                    : cbm::CreateExchange(*config, signature));
  }
  if (serve->parsed()) {
    return Report(cbm::Serve(*config));
  }
  if (key->parsed()) {
    return Report(cbm::PrintLogKey(*config));
  }
  return check->parsed() ? Report(cbm::CheckExchange(*config))
                         : Report(rebuild->parsed() ? cbm::RebuildExchange(*config)
                                                    : absl::StatusOr<bool>(true));
}

}  // namespace

int main(int argc, char** argv) {
  cbm::HoldStandardStreams();
  cbm::EndWhenMemoryRunsOut();
  cbm::IgnoreOpensslConfiguration();
  cbm::ReadInSmallBlocks();
  signal(SIGXFSZ, SIG_IGN);  // A file that may not grow is an error as any other of the disk.
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    cbm::EndIfMemoryRanOut(error);
    fmt::print(stderr, "cbmd: {}\n", error.what());
    return cbm::kExitFailed;
  }
}
