// bench_echo: a plain gRPC echo with mutual TLS, to compare with.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "CLI/CLI.hpp"
#include "bench/echo.grpc.pb.h"
#include "bench/require.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace cbm::bench {
namespace {

constexpr size_t kSyncedBytes = 4096;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  Require(file.good(), path + " cannot be read");
  return bytes.str();
}

class EchoServer final : public EchoService::CallbackService {
 public:
  // Syncs to `file` before each answer; -1: to none.
  explicit EchoServer(int file) : file_(file) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    static const std::array<char, kSyncedBytes> kBlock{};
    if (file_ >= 0) {
      Require(::write(file_, kBlock.data(), kBlock.size()) == static_cast<ssize_t>(kBlock.size()) &&
                  ::fdatasync(file_) == 0,
              "the file cannot be written");
    }
    response->mutable_payload()->resize(request->answer_bytes());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const int file_;
};

void Serve(const std::string& folder, const std::string& sync_to) {
  const int file = sync_to.empty()
                       ? -1
                       : ::open(sync_to.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Require(sync_to.empty() || file >= 0, sync_to + " cannot be opened");
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ReadAll(folder + "/ca.pem");
  options.pem_key_cert_pairs.push_back(
      {ReadAll(folder + "/server.key"), ReadAll(folder + "/server.pem")});
  EchoServer service(file);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Require(server != nullptr && port != 0, "cannot listen");
  std::ofstream(folder + "/address.new") << "127.0.0.1:" << port << '\n';
  Require(::rename((folder + "/address.new").c_str(), (folder + "/address").c_str()) == 0,
          "the address cannot be written");
  int signal = 0;
  sigwait(&ending, &signal);
  server->Shutdown();
}

}  // namespace
}  // namespace cbm::bench

int main(int argc, char** argv) {
  CLI::App app("A gRPC echo with mutual TLS");
  std::string folder;
  std::string sync_to;
  app.add_option("--folder", folder, "With ca.pem, server.pem and server.key; gets address")
      ->required();
  app.add_option("--sync-to", sync_to, "A file that gets 4 KiB, synced, before each answer");
  CLI11_PARSE(app, argc, argv);
  cbm::bench::Serve(folder, sync_to);
  return 0;
}
