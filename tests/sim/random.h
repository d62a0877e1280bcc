// The only source of chance in the simulator: everything that happens follows from one seed. Plain values; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace davit::sim {

/// splitmix64: small, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// 0 … bound − 1; bound > 0.
  int Below(int bound) { return static_cast<int>(Next() % static_cast<uint64_t>(bound)); }
  bool Chance(int per_mille) { return Below(1000) < per_mille; }
  template <typename T>
  T& Pick(std::vector<T>& items) {
    return items[static_cast<size_t>(Below(static_cast<int>(items.size())))];
  }

 private:
  uint64_t state_;
};

/// Ids that count: they sort in the order they were made, and are the same for the same seed.
class CountingIds final : public IdSource {
 public:
  std::string NewUlid() override {
    static constexpr unsigned char kNoRandom[10] = {};
    return Ulid(++count_, kNoRandom);
  }

 private:
  int64_t count_ = 0;
};

}  // namespace davit::sim
