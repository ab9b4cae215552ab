#ifndef CBM_CORE_CRYPTO_SECRET_H_
#define CBM_CORE_CRYPTO_SECRET_H_

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace cbm {

// Bytes that nobody else may learn: a private key, a seed, a salt not yet given.
//
// Cannot be copied or printed, and wipes itself. A value that was moved from is empty.
class SecretBytes {
 public:
  SecretBytes() = default;

  // Holds a copy of `bytes`; who made them wipes them.
  explicit SecretBytes(std::string_view bytes);

  // Holds what `bytes` holds, and wipes `bytes`, which is then empty.
  static SecretBytes TakeFrom(std::string& bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  size_t size() const { return size_; }

  // The bytes, lent for as long as this lives and is not moved from. Do not copy them.
  std::string_view Reveal() const { return {bytes_.get(), size_}; }

  // Takes the same time wherever the two differ; only a difference in length shows in it.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b);

  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

 private:
  void Wipe();

  // Not a std::string: a short one, when moved, would leave its bytes behind.
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
};

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_SECRET_H_
