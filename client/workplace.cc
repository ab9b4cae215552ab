#include "client/workplace.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/exit_code.h"
#include "client/output/text.h"
#include "client/session.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/open_content.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kContentFileBytesMax = kContentBytesMax + kContentSaltBytes;
constexpr size_t kShortDigits = 12;

// Whether a content is the sealed one of that name: a damaged one may look sealed too.
bool IsSealed(const v1::Content& content, std::string_view digest) {
  return (content.has_sealed() && BytesOf(BlobDigest(content.sealed().envelope())) == digest) ||
         (content.has_blob() && BytesOf(BlobDigest(content.blob().ciphertext())) == digest);
}

}  // namespace

absl::StatusOr<LedgerId> OwnLedger(const ProfileConfig& config) {
  if (config.party.empty()) {
    return HereError("the profile does not say whose it is; make it again with cbm init");
  }
  if (!config.ledger.empty()) {
    const absl::StatusOr<LedgerId> own = LedgerId::Parse(config.ledger);
    return own.ok() ? own
                    : HereError(fmt::format("config.toml: ledger: {}; make the profile again with "
                                            "cbm init",
                                            MessageOf(own.status())));
  }
  return LedgerId::OfParty(config.party, config.office);
}

Workplace::Workplace(Profile profile, Keys keys, Clock& clock, Random& random)
    : profile_(std::move(profile)), keys_(std::move(keys)), clock_(clock), random_(random) {}

absl::StatusOr<std::unique_ptr<Workplace>> Workplace::Open(const std::filesystem::path& folder,
                                                           Clock& clock, Random& random) {
  CBM_ASSIGN_OR_RETURN(Profile profile, OpenProfile(folder));
  CBM_ASSIGN_OR_RETURN(Keys keys, LoadKeys(profile.key(), profile.certificate()));
  CBM_ASSIGN_OR_RETURN(LedgerId own, OwnLedger(profile.config));
  absl::StatusOr<rules::Exchange> exchange =
      rules::Exchange::Create(profile.genesis.genesis, profile.log.exchange_id,
                              {.not_before = profile.genesis.secretariat_not_before,
                               .not_after = profile.genesis.secretariat_not_after});
  if (!exchange.ok()) {
    return HereError(fmt::format("the genesis document: {}", MessageOf(exchange.status())));
  }
  // Not make_unique: the constructor is private.
  std::unique_ptr<Workplace> workplace(
      new Workplace(std::move(profile), std::move(keys), clock, random));
  workplace->exchange_ = *std::move(exchange);
  workplace->own_ = std::move(own);
  workplace->api_ = OpenSession(workplace->profile_, workplace->keys_);
  return workplace;
}

absl::Status Workplace::OpenReplica() {
  if (replica_.has_value()) {
    return absl::OkStatus();
  }
  CBM_RETURN_IF_ERROR(MakeFolder(profile_.replica()));
  CBM_ASSIGN_OR_RETURN(lock_, FolderLock::Take(profile_.replica()));
  absl::StatusOr<Replica> replica = Replica::Open(
      profile_.replica(),
      ReplicaTrust{.exchange = *exchange_, .genesis = profile_.genesis, .log = profile_.log}, own_);
  if (!replica.ok()) {
    return replica.status();
  }
  replica_.emplace(*std::move(replica));
  return absl::OkStatus();
}

void Workplace::Unlock() {
  if (replica_.has_value()) {
    replica_->StopKeeping();
  }
  lock_.reset();
}

absl::Status Workplace::Sync() {
  CBM_ASSIGN_OR_RETURN(about_, api_->GetExchange());
  if (about_->exchange_id() != profile_.log.exchange_id) {
    return absl::DataLossError("the server is of another exchange than this profile");
  }
  if (about_->epoch() != profile_.log.epoch) {
    return absl::DataLossError(fmt::format(
        "the exchange began epoch {} of its log, and this profile follows epoch {}: ask "
        "the secretariat why before you trust it",
        about_->epoch(), profile_.log.epoch));
  }
  if (about_->caller().party() != profile_.config.party ||
      about_->caller().office() != profile_.config.office) {
    return HereError(
        fmt::format("the profile is of {}-{}, and its certificate of {}-{}; make it "
                    "again with cbm init",
                    profile_.config.party, profile_.config.office,
                    CleanLine(about_->caller().party()), CleanLine(about_->caller().office())));
  }
  CBM_RETURN_IF_ERROR(OpenReplica());
  return replica_->Sync(*api_);
}

absl::Time Workplace::ExchangeTime() {
  return about_.has_value() && about_->has_time() ? TimeOf(about_->time()) : clock_.Now();
}

Trust Workplace::trust() const {
  return {.log = profile_.log,
          .genesis = profile_.genesis.genesis,
          .authorities = profile_.authorities,
          .own_ledger = own_};
}

absl::StatusOr<v1::OpenContent> Workplace::FetchContent(const Digest& act,
                                                        const std::string& content) {
  const std::filesystem::path file = profile_.contents() / ToHex(content);
  CBM_ASSIGN_OR_RETURN(const bool is_kept, Exists(file));
  if (is_kept) {
    CBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, kContentFileBytesMax));
    v1::OpenContent kept;
    kept.set_salt(bytes.substr(0, kContentSaltBytes));
    kept.set_plaintext(bytes.substr(std::min(bytes.size(), kContentSaltBytes)));
    if (CheckOpenContent(kept, content).ok()) {
      return kept;
    }
  }
  v1::GetContentRequest request;
  request.set_act_digest(std::string(BytesOf(act)));
  request.set_content_digest(content);
  CBM_ASSIGN_OR_RETURN(const v1::GetContentResponse response, api_->GetContent(request));
  if (IsSealed(response.content(), content)) {
    return absl::UnimplementedError("the content is sealed, which this version cannot open");
  }
  if (!CheckOpenContent(response.content().open(), content).ok()) {
    return absl::DataLossError(fmt::format(
        "what the exchange gave as a content of the act {} is not that content: the exchange's "
        "copy is damaged or false; tell its operator, who finds more with cbmd check",
        ToHex(BytesOf(act)).substr(0, kShortDigits)));
  }
  CBM_RETURN_IF_ERROR(KeepContent(response.content().open()));
  return response.content().open();
}

absl::Status Workplace::KeepContent(const v1::OpenContent& content) {
  CBM_RETURN_IF_ERROR(MakeFolder(profile_.contents()));
  const Digest digest = ContentDigest(content.salt(), content.plaintext());
  return WriteFile(profile_.contents() / ToHex(BytesOf(digest)),
                   content.salt() + content.plaintext());
}

}  // namespace cbm
