// Timestamps and durations of CEL as text, and their parts in a time zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expr/cel_value.h"

namespace davit::cel {

/// RFC 3339. Nothing where it is none, or not within the range of Timestamp.
std::optional<Timestamp> ParseTimestamp(std::string_view text);
/// In UTC, with as many digits of a second as it has.
std::string Format(Timestamp time);
std::optional<Timestamp> TimestampOf(int64_t seconds, int64_t nanos);

/// "1h30m", "-1.5s", "300ms", "0": h, m, s, ms, us (µs), ns. Nothing where it is none, or out of range.
std::optional<Duration> ParseDuration(std::string_view text);
/// Seconds: "90s", "-1.5s".
std::string Format(Duration duration);

/// Sums and differences; nothing where the result is out of range.
std::optional<Timestamp> Add(Timestamp time, Duration duration);
std::optional<Timestamp> Subtract(Timestamp time, Duration duration);
std::optional<Duration> Subtract(Timestamp later, Timestamp sooner);

struct CivilTime {
  int64_t year;
  int month, day, hour, minute, second;  // from 1, from 1, from 0
  int day_of_week, day_of_year;          // from 0 (Sunday), from 0
};
/// `zone`: "" (UTC), a name of the time zone database, or "+11:00", "-02:30". Nothing where there is no such zone.
std::optional<CivilTime> InZone(Timestamp time, std::string_view zone);

}  // namespace davit::cel
