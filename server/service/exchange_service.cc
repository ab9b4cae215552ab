#include "server/service/exchange_service.h"

#include "core/rules/facts.h"
#include "core/rules/ledger_access.h"

namespace cbm {
namespace {

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

v1::Limits ToProto(const ServiceLimits& limits) {
  v1::Limits proto;
  proto.set_act_bytes_max(limits.act_bytes_max);
  proto.set_content_bytes_max(limits.content_bytes_max);
  proto.set_addressees_max(limits.addressees_max);
  proto.set_page_size_default(limits.page_size_default);
  proto.set_page_size_max(limits.page_size_max);
  proto.set_streams_per_office_max(limits.streams_per_office_max);
  *proto.mutable_author_time_ahead_max() = ToProto(limits.author_time_ahead_max);
  *proto.mutable_validity_max() = ToProto(limits.validity_max);
  *proto.mutable_call_deadline_max() = ToProto(limits.call_deadline_max);
  return proto;
}

}  // namespace

grpc::ServerUnaryReactor* ExchangeService::GetExchange(grpc::CallbackServerContext* context,
                                                       const v1::GetExchangeRequest* request,
                                                       v1::GetExchangeResponse* response) {
  return policy_.Read(*context, "GetExchange", *request, *response, [&](const Caller& caller) {
    const rules::Exchange& exchange = context_.store.exchange();
    response->set_exchange_id(exchange.id());
    response->set_epoch(context_.epoch);
    response->set_log_key(context_.log_key);
    response->set_genesis(context_.store.genesis());
    response->set_genesis_signature(context_.store.genesis_signature());
    *response->mutable_limits() = ToProto(context_.limits);
    *response->mutable_time() = rules::ToTimestamp(context_.clock.Now());
    *response->mutable_caller() = caller.record;
    for (const LedgerId& ledger : rules::ReadableLedgers(exchange, caller.ledger)) {
      response->add_ledgers(ledger.text());
    }
    response->set_server_version(context_.server_version);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExchangeService::ReloadTls(grpc::CallbackServerContext* context,
                                                     const v1::ReloadTlsRequest* request,
                                                     v1::ReloadTlsResponse* response) {
  return policy_.Read(*context, "ReloadTls", *request, *response, [&](const Caller& caller) {
    if (caller.record.party() != kSecretariatParty) {
      return absl::PermissionDeniedError(
          "the secretariat alone may have the server look at its files: ask it");
    }
    if (reload_ == nullptr) {
      return absl::UnimplementedError("this server has no files to look at");
    }
    *response = reload_();
    return absl::OkStatus();
  });
}

}  // namespace cbm
