#include "tests/integration/answer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/base/hex.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {
namespace {

constexpr std::string_view kServiceFileEnding = "_service.proto";

[[noreturn]] void Stop(const std::string& why) {
  static_cast<void>(std::fputs((why + "\n").c_str(), stderr));
  std::abort();
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) {
    Stop("an answer's bytes cannot be had");
  }
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

// One step of a call: whether it could be done.
bool Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

void AddMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& from, Answer& answer) {
  for (const auto& [key, value] : from) {
    answer.metadata.emplace_back(std::string(key.data(), key.size()),
                                 std::string(value.data(), value.size()));
  }
}

}  // namespace

Answer Ask(const std::shared_ptr<grpc::Channel>& channel, std::string_view method,
           const google::protobuf::Message& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetDeadline(context);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, fmt::format("/cbm.v1.{}", method), &queue);
  call->StartCall(nullptr);
  if (Next(queue)) {
    const grpc::Slice slice(request.SerializeAsString());
    call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    Next(queue);
  }
  Answer answer;
  grpc::ByteBuffer response;
  while (true) {
    call->Read(&response, nullptr);
    if (!Next(queue)) {
      break;
    }
    answer.responses.push_back(TextOf(response));
    if (method.ends_with("/Follow")) {
      context.TryCancel();
      break;
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  Next(queue);
  answer.code = status.error_code();
  answer.message = status.error_message();
  answer.details = status.error_details();
  AddMetadata(context.GetServerInitialMetadata(), answer);
  AddMetadata(context.GetServerTrailingMetadata(), answer);
  std::sort(answer.metadata.begin(), answer.metadata.end());
  return answer;
}

void PrintTo(const Answer& answer, std::ostream* out) {
  *out << fmt::format("code {}, message '{}', details {}", answer.code, answer.message,
                      ToHex(answer.details));
  for (const auto& [key, value] : answer.metadata) {
    *out << fmt::format(", {}: {}", key, ToHex(value));
  }
  for (const std::string& response : answer.responses) {
    *out << ", response " << ToHex(response);
  }
}

std::string FirstResponseOf(const Answer& answer) {
  if (answer.responses.empty()) {
    Stop(fmt::format("no answer but code {}, '{}'", answer.code, answer.message));
  }
  return answer.responses.front();
}

std::vector<std::string> MethodsOf(const std::string& protos) {
  std::vector<std::string> methods;
  for (const auto& file : std::filesystem::directory_iterator(protos)) {
    const std::string name = file.path().filename().string();
    if (!name.ends_with(kServiceFileEnding)) {
      continue;
    }
    const google::protobuf::FileDescriptor* const descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName("cbm/v1/" + name);
    if (descriptor == nullptr) {
      Stop(fmt::format("{} is not linked into this program", name));
    }
    for (int i = 0; i < descriptor->service_count(); ++i) {
      const google::protobuf::ServiceDescriptor& service = *descriptor->service(i);
      for (int j = 0; j < service.method_count(); ++j) {
        methods.push_back(fmt::format("{}/{}", service.name(), service.method(j)->name()));
      }
    }
  }
  std::sort(methods.begin(), methods.end());
  return methods;
}

}  // namespace cbm::test
