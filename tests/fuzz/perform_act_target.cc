// PerformAct as a whole, over gRPC with a store in memory: what is refused leaves nothing behind,
// and nothing makes the exchange fail.

#include <cstdio>

#include "cbm/v1/act_service.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/served_exchange.h"

namespace cbm::fuzz {
namespace {

struct World {
  World() {
    limits.state_acts_per_second = 10'000;
    limits.state_acts_burst = 100'000;
    gate.calls_per_second = 100'000'000;
    gate.calls_burst = 100'000'000;
  }
  LimitsConfig limits;
  GateConfig gate;
  test::ServedExchange exchange{{.limits = limits, .gate = gate}};
};

World& TheWorld() {
  static auto* const world = new World();
  return *world;
}

grpc::Status Send(const test::TestOffice& office, std::string_view bytes) {
  grpc::GenericStub stub(TheWorld().exchange.KeptChannel(office));
  grpc::ClientContext context;
  test::SetDeadline(context);
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, "/cbm.v1.ActService/PerformAct", request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool good = false;
  Expect(queue.Next(&tag, &good), "a call ends");
  return status;
}

}  // namespace

std::vector<std::string> Seeds() {
  test::ServedExchange& exchange = TheWorld().exchange;
  const test::TestOffice& estonia = exchange.Office("EE");
  std::vector<std::string> seeds;
  for (const std::vector<std::string>& states :
       std::vector<std::vector<std::string>>{{"LV"}, {"FI", "LV"}, {}}) {
    seeds.push_back(exchange.MakeSubmit(estonia, states).SerializeAsString());
  }
  seeds.push_back(exchange.MakeOpen(estonia, Sha256("nothing")).SerializeAsString());
  return seeds;
}

void TestOne(std::string_view input) {
  test::ServedExchange& exchange = TheWorld().exchange;
  exchange.clock().Advance(absl::Seconds(1));  // For the rates.
  const LedgerHeads before = exchange.Heads();
  const grpc::Status status = Send(exchange.Office("EE"), input);
  switch (status.error_code()) {
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DATA_LOSS:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      std::fprintf(stderr, "code %d: %s\n", status.error_code(), status.error_message().c_str());
      Expect(false, "nothing makes the exchange fail");
      break;
    default:
      break;
  }
  Expect(status.ok() || exchange.Heads() == before, "what is refused leaves nothing behind");
}

int Mutations() { return 3'000; }

}  // namespace cbm::fuzz
