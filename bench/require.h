#ifndef CBM_BENCH_REQUIRE_H_
#define CBM_BENCH_REQUIRE_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cbm::bench {

// A benchmark that cannot do its work says why and ends: it has no figures to give.
inline void Require(const absl::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
    std::exit(1);
  }
}

template <typename T>
T Require(absl::StatusOr<T> value) {
  Require(value.status());
  return *std::move(value);
}

inline void Require(bool good, const std::string& otherwise) {
  Require(good ? absl::OkStatus() : absl::InternalError(otherwise));
}

}  // namespace cbm::bench

#endif  // CBM_BENCH_REQUIRE_H_
