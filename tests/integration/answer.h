#ifndef CBM_TESTS_INTEGRATION_ANSWER_H_
#define CBM_TESTS_INTEGRATION_ANSWER_H_

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/channel.h"

namespace cbm::test {

// All that a call tells its caller, but for the time that it took.
struct Answer {
  int code = 0;
  std::string message;
  std::string details;
  std::vector<std::pair<std::string, std::string>> metadata;  // First and last; sorted.
  std::vector<std::string> responses;                         // As they came over the wire.

  bool ok() const { return code == 0; }

  friend bool operator==(const Answer&, const Answer&) = default;
};

// For what a red test says.
void PrintTo(const Answer& answer, std::ostream* out);

// Calls a method by its name ("LogService/GetCheckpoint"), and reads to the end. Of a stream that
// has no end, no more than the first answer: then it is CANCELLED.
Answer Ask(const std::shared_ptr<grpc::Channel>& channel, std::string_view method,
           const google::protobuf::Message& request);

// The first response of an answer that has one. Stops the process if there is none.
template <typename Response>
Response ResponseOf(const Answer& answer);

// Every method of the package's services, sorted: "LogService/GetCheckpoint".
//
// `protos` is the folder of the .proto files: they name the services; the descriptors linked into
// the program say what is in them.
std::vector<std::string> MethodsOf(const std::string& protos);

// ---------------------------------------------------------------------------------------------------

std::string FirstResponseOf(const Answer& answer);

template <typename Response>
Response ResponseOf(const Answer& answer) {
  Response response;
  response.ParseFromString(FirstResponseOf(answer));
  return response;
}

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_ANSWER_H_
