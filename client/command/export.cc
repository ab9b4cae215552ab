// cbm export: writes an act and its proof as files that stock tools check.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/local_receipt.h"
#include "client/lookup.h"
#include "client/reading.h"
#include "client/replica.h"
#include "core/base/status_macros.h"
#include "core/log/tlog_proof.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kEvidenceBytesMax = size_t{1} << 20;

struct ExportOptions {
  std::string act;
  std::string dir;
};

absl::StatusOr<std::string> ChainPem(const v1::Receipt& receipt) {
  std::string pem;
  for (const std::string& der : receipt.certificate_chain()) {
    CBM_ASSIGN_OR_RETURN(const Certificate certificate, Certificate::FromDer(der));
    pem += certificate.pem();
  }
  return pem;
}

// Salt and plaintext of the manifest; empty where the reader is not given it.
absl::StatusOr<std::string> ContentOf(Workplace& workplace, const FoundEntry& found) {
  const EncodedAct& act = *found.record().act;
  if (act.act.manifest_digest().empty() || found.record().entry.given_digest().empty()) {
    return std::string();
  }
  const absl::StatusOr<v1::OpenContent> content =
      workplace.FetchContent(act.digest, act.act.manifest_digest());
  if (!content.ok()) {
    const bool withheld = content.status().code() == absl::StatusCode::kNotFound ||
                          content.status().code() == absl::StatusCode::kFailedPrecondition;
    return withheld ? absl::StatusOr<std::string>(std::string()) : content.status();
  }
  return content->salt() + content->plaintext();
}

using NamedFiles = std::vector<std::pair<std::string, std::string>>;

// The entry alone, where the reader was only told of the act: that it happened, when, and in which
// order.
absl::StatusOr<NamedFiles> FilesOfEntry(const Replica& replica, const FoundEntry& found) {
  CBM_ASSIGN_OR_RETURN(const TlogProof proof, ProveEntry(replica, found));
  return NamedFiles{{"entry.bin", found.record().record.entry()},
                    {"entry.tlog-proof", FormatTlogProof(proof)}};
}

absl::StatusOr<NamedFiles> FilesOfAct(Workplace& workplace, const FoundEntry& found) {
  CBM_ASSIGN_OR_RETURN(const v1::Receipt receipt, MakeLocalReceipt(workplace, found));
  CBM_ASSIGN_OR_RETURN(const std::string chain, ChainPem(receipt));
  CBM_ASSIGN_OR_RETURN(const std::string content, ContentOf(workplace, found));
  const v1::Evidence& evidence = receipt.evidence(0);
  NamedFiles files = {{"act.bin", evidence.act()},
                      {"act.p7s", evidence.signature()},
                      {"chain.pem", chain},
                      {"ca.pem", workplace.profile().ca_pem},
                      {"entry.bin", evidence.entry()},
                      {"entry.tlog-proof", evidence.tlog_proof()},
                      {"receipt", receipt.SerializeAsString()}};
  if (!content.empty()) {
    files.emplace_back("content.bin", content);
  }
  return files;
}

// Evidence of two acts in one folder would be taken for that of one.
absl::Status CheckFolder(const std::filesystem::path& folder, const NamedFiles& files) {
  for (const auto& [name, bytes] : files) {
    const std::filesystem::path file = folder / name;
    CBM_ASSIGN_OR_RETURN(const bool is_there, Exists(file));
    if ((name != "act.bin" && name != "entry.bin") || !is_there) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(const std::string there, ReadFile(file, kEvidenceBytesMax));
    if (there != bytes) {
      return HereError(fmt::format(
          "{} holds the evidence of another act, or reader: name another folder with --dir",
          folder.string()));
    }
  }
  return absl::OkStatus();
}

absl::Status RunExport(const CommandContext& context, const ExportOptions& options) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const FoundEntry found, FindAct(workplace->replica(), options.act));
  CBM_ASSIGN_OR_RETURN(const NamedFiles files, found.record().act.has_value()
                                                   ? FilesOfAct(*workplace, found)
                                                   : FilesOfEntry(workplace->replica(), found));
  const std::filesystem::path folder = options.dir;
  CBM_RETURN_IF_ERROR(CheckFolder(folder, files));
  CBM_RETURN_IF_ERROR(MakeFolder(folder));
  Json names = Json::array();
  std::string lines;
  for (const auto& [name, bytes] : files) {
    CBM_RETURN_IF_ERROR(WriteFile(folder / name, bytes));
    names.push_back(name);
    lines += fmt::format("{}\n", (folder / name).string());
  }
  context.terminal.Print(context.json() ? FormatJson({{"dir", folder.string()}, {"files", names}})
                                        : lines);
  return absl::OkStatus();
}

}  // namespace

void AddExport(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "export", "Write an act, its signature, content and proof as files",
                 "cbm export 0190163d-8694-739b-aea5-966c26f8ad91 --dir evidence\n"
                 "\n"
                 "Of an act that you were only told of it writes the entry and its proof alone.");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("act", options->act, "Its act id, or at least 6 digits of its digest")
      ->required();
  command->add_option("--dir", options->dir, "The folder, made if it is not there")->required();
  Runs(command, context, [&context, options] { return RunExport(context, *options); });
}

}  // namespace cbm
