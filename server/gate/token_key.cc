// OpenSSL 3.0 of Debian 12 has no provider for PKCS#11 but an engine: an interface that OpenSSL
// calls old, and that nothing else here uses.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "server/gate/token_key.h"

#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ui.h>

#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kTokenKeyPrefix = "pkcs11:";

std::string LastReason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "no reason is given" : reason;
  ERR_clear_error();
  return text;
}

absl::StatusOr<ENGINE*> StartEngine(const std::string& module) {
  OPENSSL_init_crypto(OPENSSL_INIT_ENGINE_DYNAMIC, nullptr);
  ENGINE* const engine = ENGINE_by_id("pkcs11");
  if (engine == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("OpenSSL's engine for PKCS#11 cannot be loaded ({}): install the package "
                    "libengine-pkcs11-openssl",
                    LastReason()));
  }
  if (ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module.c_str(), 0) != 1 ||
      ENGINE_ctrl_cmd_string(engine, "QUIET", nullptr, 0) != 1 || ENGINE_init(engine) != 1) {
    std::string reason = LastReason();
    ENGINE_free(engine);
    return absl::InvalidArgumentError(fmt::format(
        "the PKCS#11 module {} cannot be loaded ({}): name the library of the token's maker",
        module, reason));
  }
  return engine;
}

}  // namespace

bool IsTokenKey(std::string_view key) { return key.starts_with(kTokenKeyPrefix); }

void FreeTokenKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

absl::StatusOr<TokenKeyPtr> LoadTokenKey(const std::string& uri, const std::string& module,
                                         const std::string& pin) {
  static Mutex mutex;
  static ENGINE* started = nullptr;  // For as long as the process lives.
  const MutexLock lock(mutex);
  if (started == nullptr) {
    CBM_ASSIGN_OR_RETURN(started, StartEngine(module));
  }
  // Without an interface of its own it would ask on the terminal.
  UI_METHOD* const nobody = const_cast<UI_METHOD*>(UI_null());
  if (ENGINE_ctrl_cmd_string(started, "PIN", pin.c_str(), 0) != 1) {
    return absl::InvalidArgumentError(
        fmt::format("the PIN cannot be given to the token: {}", LastReason()));
  }
  TokenKeyPtr key(ENGINE_load_private_key(started, uri.c_str(), nobody, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError(fmt::format(
        "the token does not give the key ({0}). Is {1} the library of its maker, is the token "
        "there "
        "and the key on it, and does the file of pin-source hold its PIN? Do not try a wrong PIN "
        "again: tokens lock. See pkcs11-tool --module {1} --list-token-slots",
        LastReason(), module));
  }
  ERR_clear_error();
  return key;
}

}  // namespace cbm
