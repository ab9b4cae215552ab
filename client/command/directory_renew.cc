// cbm directory renew: the office's next certificate, before or soon after the one that it has
// ends.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/command/directory_acts.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/keys.h"
#include "client/output/text.h"
#include "client/profile.h"
#include "client/session.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/domain_hash.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{1} << 20;
constexpr absl::Duration kClockSlowMax = absl::Hours(24);

struct RenewOptions {
  std::string cert;
  std::string key;
  bool yes = false;
};

// The credential that is to come, as it lies in the files that were named.
struct Next {
  std::string pem;  // The certificate and its intermediates.
  Certificate certificate;
  Keys keys;
};

absl::StatusOr<Next> ReadNext(const RenewOptions& options) {
  CBM_ASSIGN_OR_RETURN(std::string pem, ReadFile(options.cert, kPemBytesMax));
  const absl::StatusOr<std::vector<Certificate>> chain = ParsePemChain(pem);
  if (!chain.ok()) {
    return HereError(fmt::format("{}: {}", options.cert, MessageOf(chain.status())));
  }
  CBM_ASSIGN_OR_RETURN(Keys keys, LoadKeys(options.key, chain->front()));
  return Next{.pem = std::move(pem), .certificate = chain->front(), .keys = std::move(keys)};
}

absl::StatusOr<Proposal> Propose(const Workplace& workplace, const Next& next) {
  const ProfileConfig& config = workplace.profile().config;
  Proposal proposal;
  proposal.act.mutable_audience()->mutable_own();
  v1::RenewCredential& renewal = *proposal.act.mutable_renew_credential();
  renewal.set_certificate(next.certificate.der());
  absl::StatusOr<std::string> possession =
      SignDetached(next.certificate, next.keys.signing,
                   PossessionStatement({.exchange_id = workplace.profile().log.exchange_id,
                                        .party = config.party,
                                        .office = config.office,
                                        .certificate = next.certificate.fingerprint()}));
  if (!possession.ok()) {
    return HereError(MessageOf(possession.status()));
  }
  renewal.set_possession(*std::move(possession));
  proposal.registers = rules::Validity{.not_before = next.certificate.not_before(),
                                       .not_after = next.certificate.not_after()};
  return proposal;
}

// Of one that merely ended the exchange takes nothing else: its renewal is then sent without
// reading first. This machine's clock may be slow.
absl::Status SyncIfActive(Workplace& workplace) {
  const absl::Status synced = workplace.Sync();
  const bool ended =
      workplace.clock().Now() + kClockSlowMax >= workplace.profile().certificate().not_after();
  return synced.code() == absl::StatusCode::kUnauthenticated && ended ? absl::OkStatus() : synced;
}

std::string Preview(const Workplace& workplace, const Next& next) {
  const Profile& profile = workplace.profile();
  const Certificate& before = profile.certificate();
  return fmt::format(
      "office       {}-{} ({})\n"
      "now          {}, until {}\n"
      "new          {}\n"
      "fingerprint  {}\n"
      "valid        {} to {}\n"
      "effect       this profile goes on with the new one; the other stays valid until its end",
      profile.config.party, profile.config.office,
      CleanLine(workplace.exchange().NameOf(profile.config.party)),
      ToHex(BytesOf(before.fingerprint())), FormatUtc(before.not_after()),
      CleanLine(next.certificate.subject()), ToHex(BytesOf(next.certificate.fingerprint())),
      FormatUtc(next.certificate.not_before()), FormatUtc(next.certificate.not_after()));
}

// Whether the exchange answers the new credential as this office's: then it was renewed, whatever
// became of the answer that said so.
bool IsTaken(const Profile& profile, const Next& next) {
  absl::StatusOr<Profile> with_next = OpenNewProfile(profile.folder, profile.config);
  if (!with_next.ok()) {
    return false;
  }
  with_next->chain_pem = next.pem;
  const std::unique_ptr<ExchangeApi> api = OpenSession(*with_next, next.keys);
  const absl::StatusOr<v1::GetExchangeResponse> about = api->GetExchange();
  return about.ok() && about->exchange_id() == profile.log.exchange_id &&
         about->caller().party() == profile.config.party &&
         about->caller().office() == profile.config.office;
}

// The renewal whose answer was lost, or could not be completed with the old one, and its receipt:
// it is asked for with the new one. That it cannot be had is said, and takes nothing back.
std::optional<Performed> FetchReceipt(const CommandContext& context, Workplace& workplace,
                                      const Next& next) {
  std::optional<Performed> performed;
  absl::StatusOr<std::vector<OutboxItem>> items = workplace.outbox().List();
  absl::Status fetched = items.status();
  for (size_t i = 0; items.ok() && i < items->size(); ++i) {
    OutboxItem& item = (*items)[i];
    if (item.act.act.renew_credential().certificate() != next.certificate.der()) {
      continue;
    }
    absl::StatusOr<Performed> sent = SendKept(workplace, std::move(item));
    if (sent.ok()) {
      performed = *std::move(sent);
    } else {
      fetched = sent.status();
    }
  }
  if (!performed.has_value() && !fetched.ok()) {
    context.terminal.Note(
        fmt::format("the receipt of the renewal is not here yet: {}", MessageOf(fetched)));
  }
  return performed;
}

// Performs the renewal; nothing if it was taken already, and only the profile is behind.
absl::StatusOr<std::optional<Performed>> Renew(Workplace& workplace, const Next& next) {
  CBM_ASSIGN_OR_RETURN(Proposal proposal, Propose(workplace, next));
  absl::StatusOr<Performed> performed = Perform(workplace, std::move(proposal));
  if (performed.ok()) {
    return std::optional(*std::move(performed));
  }
  const absl::StatusCode code = performed.status().code();
  const bool may_be_taken = code == absl::StatusCode::kUnauthenticated ||
                            code == absl::StatusCode::kInvalidArgument ||
                            code == absl::StatusCode::kUnavailable;
  if (may_be_taken && IsTaken(workplace.profile(), next)) {
    return std::optional<Performed>();
  }
  return performed.status();
}

absl::Status Show(const CommandContext& context, const Profile& profile, const Next& next,
                  const std::optional<Performed>& performed) {
  Json json = performed.has_value() ? PerformedJson(*performed) : Json::object();
  json["party"] = profile.config.party;
  json["office"] = profile.config.office;
  json["credential"] = ToHex(BytesOf(next.certificate.fingerprint()));
  json["valid_until"] = TimeJson(next.certificate.not_after());
  json["profile"] = profile.folder.string();
  std::string text = fmt::format("the profile now uses {}, until {}\n",
                                 ToHex(BytesOf(next.certificate.fingerprint())),
                                 FormatUtc(next.certificate.not_after()));
  if (performed.has_value()) {
    text = PerformedText(fmt::format("{}-{} renewed", profile.config.party, profile.config.office),
                         *performed) +
           text;
  }
  context.terminal.Print(context.json() ? FormatJson(json) : text);
  return absl::OkStatus();
}

absl::Status RunRenew(const CommandContext& context, const RenewOptions& options) {
  CBM_ASSIGN_OR_RETURN(const Next next, ReadNext(options));
  CBM_ASSIGN_OR_RETURN(const bool finished,
                       FinishReplacing(context.profile_folder(), next.pem, next.keys.pem));
  std::optional<Performed> performed;
  {
    CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
    if (finished) {
      return Show(context, workplace->profile(), next, performed);
    }
    if (workplace->clock().Now() < next.certificate.not_before()) {
      return UsageError(fmt::format("the new certificate holds from {} on: renew with it then",
                                    FormatUtc(next.certificate.not_before())));
    }
    CBM_RETURN_IF_ERROR(SyncIfActive(*workplace));
    if (context.tells(options.yes)) {
      context.terminal.Note(Preview(*workplace, next));
    }
    if (!options.yes) {
      CBM_RETURN_IF_ERROR(context.terminal.Confirm("Renew?"));
    }
    CBM_ASSIGN_OR_RETURN(performed, Renew(*workplace, next));
    CBM_RETURN_IF_ERROR(ReplaceCredential(workplace->profile(), next.pem, next.keys.pem));
    if (performed.has_value()) {
      return Show(context, workplace->profile(), next, performed);
    }
  }
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> renewed, context.OpenWorkplace());
  performed = FetchReceipt(context, *renewed, next);
  return Show(context, renewed->profile(), next, performed);
}

}  // namespace

void AddRenew(CLI::App& directory, CommandContext& context) {
  const auto options = std::make_shared<RenewOptions>();
  CLI::App* const renew =
      AddCommand(directory, "renew", "Register your office's next certificate, and go on with it",
                 "cbm directory renew --cert new-cert.pem --key new-key.pem");
  renew
      ->add_option("--cert", options->cert,
                   "The new certificate and intermediates, PEM; with a new key")
      ->required();
  renew->add_option("--key", options->key, "Its private key, PEM, readable by you alone")
      ->required();
  renew->add_flag("--yes", options->yes, "Do not ask");
  Runs(renew, context, [&context, options] { return RunRenew(context, *options); });
}

}  // namespace cbm
