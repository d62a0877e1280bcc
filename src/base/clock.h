// Clocks are passed in. Wall time is for display and schedules only; order and durations come from sequences and the monotonic clock
// (engine.md 1). Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace davit {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t WallMs() const = 0;       // since the epoch, UTC
  virtual int64_t MonotonicMs() const = 0;  // since some start; never goes back
};

class SystemClock final : public Clock {
 public:
  int64_t WallMs() const override;
  int64_t MonotonicMs() const override;
};

/// "2026-11-24T14:03:05Z".
std::string FormatUtc(int64_t wall_ms);
/// "0.4s", "12.3s", "3m05s", "2h07m".
std::string FormatDuration(int64_t ms);

}  // namespace davit
