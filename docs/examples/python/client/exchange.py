"""The connection to the exchange: mutual TLS, and each method by its path.

protoc alone makes no stubs. None are needed: a method is a path and two messages, and the descriptors
of the services say which.
"""

import grpc
from google.protobuf import descriptor_pb2, message_factory

# Every unary call must carry a deadline; the exchange takes at most 60 s.
DEADLINE_SECONDS = 30
_OPTIONS = (
    ("grpc.max_receive_message_length", 4 << 20),
    # Once the exchange was away, gRPC itself waits before it connects again: not for minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


class Exchange:
    """Calls methods: `exchange.call("ActService.PerformAct", request)`."""

    def __init__(self, profile, protos):
        credentials = grpc.ssl_channel_credentials(
            root_certificates=profile.ca_pem, private_key=profile.key_pem,
            certificate_chain=profile.chain_pem)
        self._channel = grpc.secure_channel(profile.server, credentials, _OPTIONS)
        self._methods = {}
        for service in protos.services.values():
            self._add(service)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._channel.close()

    def call(self, method, request):
        """The answer to one request. Raises grpc.RpcError, whose text helps."""
        return self._methods[method](request, timeout=DEADLINE_SECONDS)

    def stream(self, method, request):
        """The answers to one request, as they come, without an end."""
        return self._methods[method](request)

    def _add(self, service):
        described = descriptor_pb2.ServiceDescriptorProto()
        service.CopyToProto(described)
        for method, its in zip(service.methods, described.method):
            make = self._channel.unary_stream if its.server_streaming else self._channel.unary_unary
            answer = message_factory.MessageFactory().GetPrototype(method.output_type)
            self._methods[f"{service.name}.{method.name}"] = make(
                f"/{service.full_name}/{method.name}",
                request_serializer=lambda request: request.SerializeToString(),
                response_deserializer=answer.FromString)
