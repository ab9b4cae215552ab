#ifndef CBM_SERVER_GATE_DESCRIPTOR_H_
#define CBM_SERVER_GATE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace cbm {

// An open file descriptor, closed when this is destroyed. Can be moved.
class Descriptor {
 public:
  Descriptor() = default;  // None.
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      value_ = other.Release();
    }
    return *this;
  }
  ~Descriptor() { Close(); }

  // -1 for none.
  int get() const { return value_; }

  // Gives it away: the caller closes it.
  int Release() { return std::exchange(value_, -1); }

  void Close() {
    if (value_ >= 0) {
      ::close(Release());
    }
  }

 private:
  int value_ = -1;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_DESCRIPTOR_H_
