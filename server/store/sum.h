#ifndef CBM_SERVER_STORE_SUM_H_
#define CBM_SERVER_STORE_SUM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cbm {

// Finds what chance did to bytes in the database: not who alters them, since whoever can may make a
// sum that fits. It is quick enough to be looked at on every reading, which a digest is not.

// XXH3 of 64 bits, the most significant byte first: the same on every machine.
constexpr size_t kSumBytes = 8;

// `bytes` behind their sum. It is of `place` too: what stands for where they are kept, if that is
// to be found in another place.
std::string WithSum(std::string_view bytes, uint64_t place = 0);

// What stands behind its sum; nothing if that does not fit, or it is of another place.
std::optional<std::string_view> WithoutSum(std::string_view kept, uint64_t place = 0);

// What stands for a place that has such a number and such a name.
uint64_t PlaceOf(uint64_t number, std::string_view name);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_SUM_H_
