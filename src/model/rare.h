// A value that is nearly always the default one: eight bytes where it is, so that a stack of a hundred thousand parameters is no larger than
// what it says. Copies are deep. Plain value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace davit {

template <typename T>
class Rare {
 public:
  Rare() = default;
  Rare(const Rare& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) { return *this = Rare(other); }
  Rare& operator=(T value) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (value.empty()) {
        value_.reset();
        return *this;
      }
    }
    *Fill() = std::move(value);
    return *this;
  }

  const T& operator*() const { return value_ ? *value_ : Default(); }
  const T* operator->() const { return &**this; }
  operator const T&() const { return **this; }
  operator std::string_view() const
    requires std::is_same_v<T, std::string>
  {
    return **this;
  }
  bool empty() const
    requires std::is_same_v<T, std::string>
  {
    return !value_ || value_->empty();
  }
  friend bool operator==(const Rare& rare, std::string_view text)
    requires std::is_same_v<T, std::string>
  {
    return *rare == text;
  }
  void clear() { value_.reset(); }
  /// To be filled in place.
  T* Fill() {
    if (!value_) value_ = std::make_unique<T>();
    return value_.get();
  }

 private:
  static const T& Default() {
    static const T none;
    return none;
  }

  std::unique_ptr<T> value_;
};

}  // namespace davit
