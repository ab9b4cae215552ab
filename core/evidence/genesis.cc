#include "core/evidence/genesis.h"

#include <utility>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/note_key.h"
#include "core/evidence/json_form.h"
#include "core/evidence/origin.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"

namespace cbm {
namespace {

constexpr std::string_view kPurpose = "cbm.v1/genesis";
constexpr uint32_t kVersion = 1;

absl::Status Bad(std::string_view text) {
  return absl::InvalidArgumentError(fmt::format("genesis: {}", text));
}

// Of a genesis that is good, the certificate.
absl::StatusOr<Certificate> CheckGenesis(const v1::Genesis& genesis) {
  if (genesis.purpose() != kPurpose || genesis.version() != kVersion) {
    return Bad("purpose must be cbm.v1/genesis, and version 1");
  }
  if (genesis.log_key().size() != kEd25519PublicKeyBytes) {
    return Bad(fmt::format("log_key has {} bytes; it must have 32", genesis.log_key().size()));
  }
  absl::StatusOr<Certificate> certificate = Certificate::FromDer(genesis.secretariat_certificate());
  if (!certificate.ok()) {
    const std::string why(certificate.status().message());
    return Bad(fmt::format("secretariat_certificate: {}", why));
  }
  return certificate;
}

}  // namespace

absl::StatusOr<GenesisDocument> ReadGenesis(std::string bytes) {
  if (bytes.size() > kGenesisBytesMax) {
    return Bad(fmt::format("has {} bytes; at most {} are allowed", bytes.size(), kGenesisBytesMax));
  }
  GenesisDocument document;
  if (const absl::Status form = CheckJsonForm(bytes, *v1::Genesis::descriptor()); !form.ok()) {
    const std::string why(form.message());
    return Bad(fmt::format("is not the JSON form of cbm.v1.Genesis: {}", why));
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      bytes, &document.genesis, google::protobuf::util::JsonParseOptions());
  if (!parsed.ok()) {
    return Bad(fmt::format("is not the JSON form of cbm.v1.Genesis: {}", parsed.ToString()));
  }
  CBM_ASSIGN_OR_RETURN(const Certificate secretariat, CheckGenesis(document.genesis));
  document.secretariat_not_before = secretariat.not_before();
  document.secretariat_not_after = secretariat.not_after();
  document.digest = Sha256(bytes);
  document.exchange_id =
      fmt::format("{}/{}", document.genesis.name(), ToHex(BytesOf(document.digest)));
  if (!IsExchangeId(document.exchange_id)) {
    return Bad("name must be 1 to 32 of a-z, 0-9, dot and hyphen");
  }
  document.bytes = std::move(bytes);
  return document;
}

absl::StatusOr<std::string> WriteGenesis(const v1::Genesis& genesis) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(genesis, &text, options);
  if (!printed.ok()) {
    return Bad(printed.ToString());
  }
  CBM_RETURN_IF_ERROR(ReadGenesis(text).status());
  return text;
}

absl::Status VerifyGenesisSignature(const GenesisDocument& document, std::string_view signature) {
  CBM_ASSIGN_OR_RETURN(const Certificate secretariat,
                       Certificate::FromDer(document.genesis.secretariat_certificate()));
  return VerifyDetached(secretariat, signature, document.bytes);
}

}  // namespace cbm
