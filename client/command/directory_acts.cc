// cbm directory enrol, possession, integration: what changes the directory.

#include "client/command/directory_acts.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/command/notify_arguments.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/keys.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{1} << 20;

struct EnrolOptions {
  std::string party;
  std::string office;
  std::string type;
  std::string cert;
  std::string key;         // possession alone.
  std::string log_key;     // possession alone.
  std::string out;         // possession alone.
  std::string possession;  // enrol alone.
  std::vector<std::string> purposes;
  std::vector<std::string> scopes;
  bool yes = false;
};

struct GrantOptions {
  std::string office;
  std::string reading;
  std::string ceiling;
};

absl::StatusOr<Certificate> ReadLeaf(const std::string& file) {
  CBM_ASSIGN_OR_RETURN(const std::string pem, ReadFile(file, kPemBytesMax));
  const absl::StatusOr<std::vector<Certificate>> chain = ParsePemChain(pem);
  if (!chain.ok()) {
    return HereError(fmt::format("{}: {}", file, MessageOf(chain.status())));
  }
  return chain->front();
}

// Adds values in the order of their numbers, each once.
template <typename Value, typename Target>
void AddSorted(const std::set<Value>& values, Target& target) {
  for (const Value value : values) {
    target.Add(value);
  }
}

std::set<v1::Scope> DefaultScopes(v1::OfficeType type) {
  switch (type) {
    case v1::OFFICE_TYPE_AUDITOR:
      return {v1::SCOPE_READ};
    case v1::OFFICE_TYPE_INTEGRATION:
      return {v1::SCOPE_READ, v1::SCOPE_DRAFT};
    default:
      return {v1::SCOPE_READ,        v1::SCOPE_DRAFT,   v1::SCOPE_RELEASE,
              v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY};
  }
}

absl::Status FillCredential(const EnrolOptions& options, v1::Enrol& enrol) {
  std::set<v1::CredentialPurpose> purposes;
  for (const std::string& name : SplitList(options.purposes)) {
    CBM_ASSIGN_OR_RETURN(const v1::CredentialPurpose purpose, PurposeNamed(name));
    purposes.insert(purpose);
  }
  if (purposes.empty()) {
    purposes = {v1::CREDENTIAL_PURPOSE_CONNECT, v1::CREDENTIAL_PURPOSE_SIGN,
                v1::CREDENTIAL_PURPOSE_OPEN};
  }
  std::set<v1::Scope> scopes;
  for (const std::string& name : SplitList(options.scopes)) {
    CBM_ASSIGN_OR_RETURN(const v1::Scope scope, ScopeNamed(name));
    scopes.insert(scope);
  }
  const bool only_opens = purposes == std::set{v1::CREDENTIAL_PURPOSE_OPEN};
  if (scopes.empty() && !only_opens) {
    scopes = DefaultScopes(enrol.type());
  }
  AddSorted(purposes, *enrol.mutable_credential()->mutable_purposes());
  AddSorted(scopes, *enrol.mutable_credential()->mutable_scopes());
  return absl::OkStatus();
}

absl::Status RunEnrol(const CommandContext& context, const EnrolOptions& options) {
  Proposal proposal;
  proposal.act.mutable_audience()->mutable_own();
  v1::Enrol& enrol = *proposal.act.mutable_enrol();
  enrol.set_party(options.party);
  enrol.set_office(options.office);
  CBM_ASSIGN_OR_RETURN(const v1::OfficeType type, OfficeTypeNamed(options.type));
  enrol.set_type(type);
  CBM_RETURN_IF_ERROR(FillCredential(options, enrol));
  CBM_ASSIGN_OR_RETURN(const Certificate certificate, ReadLeaf(options.cert));
  enrol.mutable_credential()->set_certificate(certificate.der());
  proposal.registers =
      rules::Validity{.not_before = certificate.not_before(), .not_after = certificate.not_after()};
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  if (!options.possession.empty()) {
    CBM_ASSIGN_OR_RETURN(*enrol.mutable_possession(),
                         ReadFile(options.possession, kSignatureBytesMax));
    const absl::Status holds =
        VerifyDetached(certificate, enrol.possession(),
                       PossessionStatement({.exchange_id = workplace->profile().log.exchange_id,
                                            .party = options.party,
                                            .office = options.office,
                                            .certificate = certificate.fingerprint()}));
    if (!holds.ok()) {
      return absl::DataLossError(
          fmt::format("{} is not the proof that the certificate's key is held for {}-{} in this "
                      "exchange: {}",
                      options.possession, options.party, options.office, MessageOf(holds)));
    }
  }
  const std::string fingerprint = ToHex(BytesOf(certificate.fingerprint()));
  if (context.tells(options.yes)) {
    context.terminal.Note(
        fmt::format("office       {}-{} ({}, {})\ncertificate  {}\nfingerprint  {}", options.party,
                    options.office, CleanLine(workplace->exchange().NameOf(options.party)),
                    NameOf(type), certificate.subject(), fingerprint));
  }
  if (!options.yes) {
    CBM_RETURN_IF_ERROR(context.terminal.Confirm("Is that the fingerprint you were given? Enrol?"));
  }
  CBM_ASSIGN_OR_RETURN(const Performed performed, Perform(*workplace, std::move(proposal)));
  Json json = PerformedJson(performed);
  json["party"] = options.party;
  json["office"] = options.office;
  json["credential"] = fingerprint;
  context.terminal.Print(
      context.json()
          ? FormatJson(json)
          : PerformedText(fmt::format("{}-{} enrolled", options.party, options.office), performed));
  return absl::OkStatus();
}

absl::Status RunPossession(const CommandContext& context, const EnrolOptions& options) {
  std::string exchange_id;
  if (options.log_key.empty()) {
    CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
    exchange_id = profile.log.exchange_id;
  } else {
    const absl::StatusOr<LogIdentity> log = ParseAnchorKey(options.log_key);
    if (!log.ok()) {
      return UsageError(fmt::format("--log-key: {}", MessageOf(log.status())));
    }
    exchange_id = log->exchange_id;
  }
  CBM_ASSIGN_OR_RETURN(const Certificate certificate, ReadLeaf(options.cert));
  CBM_ASSIGN_OR_RETURN(const Keys keys, LoadKeys(options.key, certificate));
  const absl::StatusOr<std::string> signature =
      SignDetached(certificate, keys.signing,
                   PossessionStatement({.exchange_id = exchange_id,
                                        .party = options.party,
                                        .office = options.office,
                                        .certificate = certificate.fingerprint()}));
  if (!signature.ok()) {
    return HereError(MessageOf(signature.status()));
  }
  CBM_RETURN_IF_ERROR(WriteFile(options.out, *signature));
  const std::string fingerprint = ToHex(BytesOf(certificate.fingerprint()));
  context.terminal.Print(
      context.json() ? FormatJson({{"possession", options.out}, {"fingerprint", fingerprint}})
                     : fmt::format("possession   {}\nfingerprint  {}\n", options.out, fingerprint));
  return absl::OkStatus();
}

absl::Status RunIntegration(const CommandContext& context, const GrantOptions& options) {
  Proposal proposal;
  proposal.act.mutable_audience()->mutable_own();
  v1::GrantIntegration& grant = *proposal.act.mutable_grant_integration();
  grant.set_office(options.office);
  CBM_ASSIGN_OR_RETURN(const v1::IntegrationReading reading, ReadingNamed(options.reading));
  CBM_ASSIGN_OR_RETURN(const v1::Marking ceiling, MarkingNamed(options.ceiling));
  grant.set_reading(reading);
  grant.set_ceiling(ceiling);
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const Performed performed, Perform(*workplace, std::move(proposal)));
  context.terminal.Print(context.json()
                             ? FormatJson(PerformedJson(performed))
                             : PerformedText(fmt::format("{} now reads {} up to {}", options.office,
                                                         NameOf(reading), NameOf(ceiling)),
                                             performed));
  return absl::OkStatus();
}

void AddWhose(CLI::App* command, EnrolOptions& options) {
  command->add_option("--party", options.party, "LV, CHAIR or AUDITOR")->required();
  command->add_option("--office", options.office, "What it is called, for instance duty")
      ->required();
  command->add_option("--cert", options.cert, "Its certificate, PEM")->required();
}

void AddEnrol(CLI::App& directory, CommandContext& context) {
  const auto options = std::make_shared<EnrolOptions>();
  CLI::App* const enrol =
      AddCommand(directory, "enrol", "Enrol an office with its first credential (secretariat)",
                 "cbm directory enrol --party LV --office duty --type duty --cert cert.pem \\\n"
                 "      --possession possession.p7s");
  AddWhose(enrol, *options);
  enrol
      ->add_option("--type", options->type,
                   "policy, technical, duty, delegation, integration, chair or auditor")
      ->required();
  enrol->add_option("--possession", options->possession,
                    "Its proof that it holds the key, made by cbm directory possession");
  enrol->add_option("--purpose", options->purposes, "connect,sign,open (default: all)")
      ->allow_extra_args(false);
  enrol
      ->add_option("--scope", options->scopes,
                   "READ,DRAFT,RELEASE,ACKNOWLEDGE,CONSULT,DIRECTORY (default: by type)")
      ->allow_extra_args(false);
  enrol->add_flag("--yes", options->yes, "Do not ask");
  Runs(enrol, context, [&context, options] { return RunEnrol(context, *options); });
}

void AddPossession(CLI::App& directory, CommandContext& context) {
  const auto options = std::make_shared<EnrolOptions>();
  CLI::App* const possession = AddCommand(
      directory, "possession", "Prove that you hold the key of a certificate to be enrolled",
      "cbm directory possession --party LV --office duty --log-key \"$LOG_KEY\" \\\n"
      "      --cert cert.pem --key key.pem --out possession.p7s");
  AddWhose(possession, *options);
  possession->add_option("--key", options->key, "Its private key, PEM")->required();
  possession->add_option("--log-key", options->log_key,
                         "The log's verifier key (default: the profile's)");
  possession->add_option("--out", options->out, "Where the proof goes")->required();
  Runs(possession, context, [&context, options] { return RunPossession(context, *options); });
}

}  // namespace

void AddDirectoryActs(CLI::App& directory, CommandContext& context) {
  AddEnrol(directory, context);
  AddPossession(directory, context);
  const auto options = std::make_shared<GrantOptions>();
  CLI::App* const integration =
      AddCommand(directory, "integration", "Say what an integration of your State may read",
                 "cbm directory integration --office siem --reading NOTIFICATIONS --ceiling AMBER");
  integration->add_option("--office", options->office, "The integration's office")->required();
  integration->add_option("--reading", options->reading, "NOTHING or NOTIFICATIONS")->required();
  integration->add_option("--ceiling", options->ceiling, "The strictest marking it is given")
      ->required();
  Runs(integration, context, [&context, options] { return RunIntegration(context, *options); });
}

}  // namespace cbm
