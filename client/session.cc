#include "client/session.h"

#include <chrono>
#include <string>
#include <utility>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "cbm/v1/log_service.grpc.pb.h"
#include "client/diagnose.h"
#include "client/exit_code.h"
#include "client/progress.h"
#include "fmt/format.h"
#include "grpc/support/log.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace cbm {
namespace {

constexpr std::chrono::seconds kCallDeadline(30);
constexpr std::chrono::seconds kAskDeadline(5);
constexpr int kAnswerBytesMax = 16 * 1024 * 1024;
constexpr int kKeepaliveMs = 60'000;
// Without a bound of ours gRPC would wait up to two minutes before it looks for a server again.
constexpr int kReconnectFirstMs = 500;
constexpr int kReconnectMostMs = 5'000;

absl::Status ToStatus(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    // Nothing is cancelled on this side, and gRPC's text would not say what happened.
    return absl::UnavailableError("the exchange ended the call: it is going down");
  }
  return status.ok() ? absl::OkStatus()
                     : absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                                    status.error_message());
}

class GrpcSession final : public ExchangeApi {
 public:
  GrpcSession(const Profile& profile, const Keys& keys)
      : profile_(profile), keys_(keys), channel_(MakeChannel(profile, keys)) {}

  absl::StatusOr<v1::GetExchangeResponse> GetExchange() override {
    return Call<v1::ExchangeService, v1::GetExchangeResponse>(
        &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest());
  }
  absl::StatusOr<v1::ReloadTlsResponse> ReloadTls() override {
    return Call<v1::ExchangeService, v1::ReloadTlsResponse>(&v1::ExchangeService::Stub::ReloadTls,
                                                            v1::ReloadTlsRequest());
  }
  absl::StatusOr<v1::PerformActResponse> PerformAct(const v1::PerformActRequest& request) override {
    return Call<v1::ActService, v1::PerformActResponse>(&v1::ActService::Stub::PerformAct, request);
  }
  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const v1::GetReceiptRequest& request) override {
    return Call<v1::ActService, v1::GetReceiptResponse>(&v1::ActService::Stub::GetReceipt, request);
  }
  absl::StatusOr<v1::ListEntriesResponse> ListEntries(
      const v1::ListEntriesRequest& request) override {
    return Call<v1::LedgerService, v1::ListEntriesResponse>(&v1::LedgerService::Stub::ListEntries,
                                                            request);
  }
  absl::StatusOr<v1::GetContentResponse> GetContent(const v1::GetContentRequest& request) override {
    return Call<v1::LedgerService, v1::GetContentResponse>(&v1::LedgerService::Stub::GetContent,
                                                           request);
  }
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest& request) override {
    return Call<v1::LogService, v1::GetCheckpointResponse>(&v1::LogService::Stub::GetCheckpoint,
                                                           request);
  }

  absl::Status Follow(const v1::FollowRequest& request,
                      const std::function<absl::Status(const v1::FollowResponse&)>& take) override {
    const auto stub = v1::LedgerService::NewStub(channel_);
    grpc::ClientContext context;
    const auto stream = stub->Follow(&context, request);
    v1::FollowResponse response;
    absl::Status taken;
    while (taken.ok() && stream->Read(&response)) {
      taken = take(response);
    }
    if (!taken.ok()) {
      context.TryCancel();
      while (stream->Read(&response)) {
      }
    }
    const grpc::Status ended = stream->Finish();
    return taken.ok() ? Explain(ended, context) : taken;
  }

 private:
  static std::shared_ptr<grpc::Channel> MakeChannel(const Profile& profile, const Keys& keys) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = profile.ca_pem;
    options.pem_cert_chain = profile.chain_pem;
    options.pem_private_key = std::string(keys.pem.Reveal());
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMostMs);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel(profile.config.server, grpc::SslCredentials(options),
                                     arguments);
  }

  // A failure of the connection says nothing useful in gRPC's words, which leave out why the other
  // side ended it (the reason in a GOAWAY): find out.
  absl::Status Explain(const grpc::Status& status, const grpc::ClientContext& context) const {
    // What the exchange itself says comes with details.
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE || !status.error_details().empty()) {
      return ToStatus(status);
    }
    absl::Status why = Diagnose(profile_, keys_);
    if (why.ok()) {
      why = AskWhoWeAre();
    }
    if (why.ok()) {
      why = absl::UnavailableError(
          fmt::format("the connection to the exchange at {} was lost", profile_.config.server));
    }
    return Unanswered(why, FateOf(context));
  }

  // It names nothing to do again, since what was asked may have been an act.
  absl::Status OutOfTime(const grpc::ClientContext& context) const {
    return Unanswered(absl::DeadlineExceededError(fmt::format(
                          "the exchange at {} did not answer within {} s: if it does not the next "
                          "time either, call who runs it",
                          profile_.config.server, kCallDeadline.count())),
                      FateOf(context));
  }

  // gRPC says the address of a connection once a call was given to it, and before that the name
  // that it was asked for.
  static RequestFate FateOf(const grpc::ClientContext& context) {
    const std::string peer = context.peer();
    return peer.starts_with("ipv4:") || peer.starts_with("ipv6:") ? RequestFate::kLeft
                                                                  : RequestFate::kStayed;
  }

  // Whether the exchange still takes calls of ours, over a new connection: a credential that went
  // out of use had its connections ended. UNAUTHENTICATED says how it went; else OK.
  absl::Status AskWhoWeAre() const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kAskDeadline);
    v1::GetExchangeResponse response;
    const grpc::Status answer = v1::ExchangeService::NewStub(channel_)->GetExchange(
        &context, v1::GetExchangeRequest(), &response);
    return answer.error_code() == grpc::StatusCode::UNAUTHENTICATED ? ToStatus(answer)
                                                                    : absl::OkStatus();
  }

  template <typename Service, typename Response, typename Method, typename Request>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    const auto stub = Service::NewStub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
    const Progress progress(fmt::format("the exchange at {}", profile_.config.server));
    Response response;
    const grpc::Status status = ((*stub).*method)(&context, request, &response);
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      return OutOfTime(context);
    }
    if (!status.ok()) {
      return Explain(status, context);
    }
    return response;
  }

  const Profile& profile_;
  const Keys& keys_;
  const std::shared_ptr<grpc::Channel> channel_;  // Shared, because gRPC's stubs keep it too.
};

}  // namespace

std::unique_ptr<ExchangeApi> OpenSession(const Profile& profile, const Keys& keys) {
  // What gRPC would write on a person's screen, Diagnose says in words.
  gpr_set_log_function([](gpr_log_func_args*) {});
  return std::make_unique<GrpcSession>(profile, keys);
}

}  // namespace cbm
