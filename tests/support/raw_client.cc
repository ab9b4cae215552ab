#include "tests/support/raw_client.h"

#include <cstddef>

namespace cbm::test {
namespace {

constexpr size_t kPlaintextBytesMax = 4'096;
constexpr size_t kFirstBytesMax = 64;

}  // namespace

RawOutcome ConnectByTls(const std::string& address, const TlsOffer& offer) {
  TlsClient client(address, offer);
  RawOutcome outcome;
  outcome.completed = client.completed();
  if (outcome.completed && client.Write(std::string(kHttp2Preface) + std::string(kEmptySettings))) {
    outcome.first_bytes = client.Read(kFirstBytesMax);
  }
  outcome.tickets = client.tickets();
  return outcome;
}

std::string SendPlaintext(const std::string& address, std::string_view bytes) {
  const TestSocket socket(address);
  static_cast<void>(socket.Write(bytes));
  return socket.ReadToEnd(kPlaintextBytesMax);
}

}  // namespace cbm::test
