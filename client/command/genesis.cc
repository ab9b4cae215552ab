// cbm genesis sign: the secretariat's signature of what an exchange starts from.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/keys.h"
#include "core/base/status_macros.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/genesis.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{1} << 20;

struct SignOptions {
  std::string genesis;
  std::string cert;
  std::string key;
  std::string out;
};

absl::Status RunSign(const CommandContext& context, const SignOptions& options) {
  CBM_ASSIGN_OR_RETURN(std::string bytes, ReadFile(options.genesis, kGenesisBytesMax));
  CBM_ASSIGN_OR_RETURN(const std::string pem, ReadFile(options.cert, kPemBytesMax));
  const absl::StatusOr<std::vector<Certificate>> chain = ParsePemChain(pem);
  if (!chain.ok()) {
    return HereError(fmt::format("{}: {}", options.cert, MessageOf(chain.status())));
  }
  CBM_ASSIGN_OR_RETURN(const Keys keys, LoadKeys(options.key, chain->front()));
  absl::StatusOr<GenesisDocument> document = ReadGenesis(std::move(bytes));
  if (!document.ok()) {
    return HereError(fmt::format("{}: {}", options.genesis, MessageOf(document.status())));
  }
  const absl::StatusOr<std::string> signature =
      SignDetached(chain->front(), keys.signing, document->bytes);
  if (!signature.ok()) {
    return HereError(MessageOf(signature.status()));
  }
  if (!VerifyGenesisSignature(*document, *signature).ok()) {
    return HereError(
        fmt::format("{} is not the certificate in the genesis document", options.cert));
  }
  CBM_RETURN_IF_ERROR(WriteFile(options.out, *signature));
  context.terminal.Print(
      context.json()
          ? FormatJson({{"exchange_id", document->exchange_id}, {"signature", options.out}})
          : fmt::format("signed     {}\nsignature  {}\n", document->exchange_id, options.out));
  return absl::OkStatus();
}

}  // namespace

void AddGenesis(CLI::App& app, CommandContext& context) {
  const std::string example =
      "cbm genesis sign --genesis genesis.json --cert cert.pem --key key.pem --out genesis.p7s";
  CLI::App* const genesis =
      AddCommand(app, "genesis", "Sign what an exchange starts from (secretariat)", example);
  genesis->require_subcommand(1);
  CLI::App* const sign =
      AddCommand(*genesis, "sign", "Sign the genesis document, which cbmd init wrote", example);
  const auto options = std::make_shared<SignOptions>();
  sign->add_option("--genesis", options->genesis, "The document")->required();
  sign->add_option("--cert", options->cert, "The secretariat's certificate, PEM")->required();
  sign->add_option("--key", options->key, "Its private key, PEM")->required();
  sign->add_option("--out", options->out, "Where the signature goes")->required();
  Runs(sign, context, [&context, options] { return RunSign(context, *options); });
}

}  // namespace cbm
