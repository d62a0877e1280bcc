// Ids: a prefix and a lower-case ULID (`run_01j…`), each kind a type of its own, so that a task's id cannot be given for a run's.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace davit {

/// 26 characters, Crockford base 32 in lower case, time first. `random10` are the 10 random bytes.
std::string Ulid(int64_t wall_ms, const unsigned char random10[10]);

/// Makes ids; one per process, passed in. Ids made by one source sort in the order they were made.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual std::string NewUlid() = 0;
};

/// Ids from getrandom(2).
class SystemIdSource final : public IdSource {
 public:
  explicit SystemIdSource(const Clock& clock) : clock_(clock) {}
  std::string NewUlid() override;

 private:
  const Clock& clock_;
  int64_t last_ms_ = 0;
  unsigned char last_random_[10] = {};
};

/// A strong id. `Tag` gives `static constexpr const char* kPrefix`, e.g. "run".
template <typename Tag>
struct Id {
  std::string text;  // empty = none

  Id() = default;
  explicit Id(std::string value) : text(std::move(value)) {}
  static Id New(IdSource& source) { return Id(std::string(Tag::kPrefix) + "_" + source.NewUlid()); }
  bool empty() const { return text.empty(); }
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text; }
};

}  // namespace davit

template <typename Tag>
struct std::hash<davit::Id<Tag>> {
  size_t operator()(const davit::Id<Tag>& id) const noexcept { return std::hash<std::string>()(id.text); }
};
