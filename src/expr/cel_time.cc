#include "expr/cel_time.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace davit::cel {
namespace {

constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z
constexpr int64_t kNanos = 1'000'000'000;

absl::Time TimeOf(Timestamp time) {
  return absl::FromUnixSeconds(time.seconds) + absl::Nanoseconds(time.nanos);
}

std::optional<Duration> DurationOf(__int128 nanos) {
  if (nanos > std::numeric_limits<int64_t>::max() || nanos < std::numeric_limits<int64_t>::min()) return std::nullopt;
  return Duration{static_cast<int64_t>(nanos)};
}

/// Exactly `count` digits at `at`; -1 otherwise.
int Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int number = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// ".5" has 500 million; `digits` without the point.
int64_t NanosOf(std::string_view digits) {
  int64_t nanos = 0;
  for (size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return nanos;
}

size_t DigitsFrom(std::string_view text, size_t at) {
  const size_t end = text.find_first_not_of("0123456789", at);
  return (end == std::string_view::npos ? text.size() : end) - at;
}

std::string Fraction(int64_t nanos) {
  if (nanos == 0) return "";
  std::string digits = std::to_string(kNanos + nanos).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return "." + digits;
}

/// "+11:00", "-02:30", "11:00": seconds east.
std::optional<int> FixedOffset(std::string_view zone) {
  const bool west = zone.starts_with('-');
  if (west || zone.starts_with('+')) zone.remove_prefix(1);
  if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
  const int hours = Digits(zone, 0, 2);
  const int minutes = Digits(zone, 3, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (hours * 60 + minutes) * 60;
}

bool FindZone(std::string_view name, absl::TimeZone* zone) {
  if (name.empty() || name == "UTC" || name == "Z") {
    *zone = absl::UTCTimeZone();
    return true;
  }
  if (const std::optional<int> offset = FixedOffset(name)) {
    *zone = absl::FixedTimeZone(*offset);
    return true;
  }
  // A name is a file of the time zone database: nothing else can be read by it.
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  });
  return plain && name.front() != '/' && name.size() < 64 && absl::LoadTimeZone(std::string(name), zone);
}

}  // namespace

std::optional<Timestamp> TimestampOf(int64_t seconds, int64_t nanos) {
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return Timestamp{seconds, static_cast<int32_t>(nanos)};
}

std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  // YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 59 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
      text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day) return std::nullopt;  // 31 April
  std::string_view rest = text.substr(19);
  int64_t nanos = 0;
  if (rest.starts_with('.')) {
    const size_t digits = DigitsFrom(rest, 1);
    if (digits == 0) return std::nullopt;
    nanos = NanosOf(rest.substr(1, digits));
    rest.remove_prefix(1 + digits);
  }
  int offset = 0;
  if (rest != "Z" && rest != "z") {
    const std::optional<int> fixed = rest.starts_with('+') || rest.starts_with('-') ? FixedOffset(rest) : std::nullopt;
    if (!fixed) return std::nullopt;
    offset = *fixed;
  }
  return TimestampOf(absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone())) - offset, nanos);
}

std::string Format(Timestamp time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", TimeOf(time), absl::UTCTimeZone());
}

std::optional<Duration> ParseDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t nanos;
  };
  static constexpr Unit kUnits[] = {{"h", 3600 * kNanos}, {"ms", 1'000'000}, {"m", 60 * kNanos}, {"s", kNanos},
                                    {"us", 1000},         {"µs", 1000},      {"ns", 1}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration{};
  if (text.empty()) return std::nullopt;
  __int128 total = 0;
  while (!text.empty()) {
    const size_t whole = DigitsFrom(text, 0);
    const size_t fraction = text.substr(whole).starts_with('.') ? DigitsFrom(text, whole + 1) : 0;
    if (whole + fraction == 0 || whole > 18) return std::nullopt;
    int64_t count = 0;
    std::from_chars(text.data(), text.data() + whole, count);
    const std::string_view digits = fraction > 0 ? text.substr(whole + 1, fraction) : std::string_view();
    text.remove_prefix(whole + (text.substr(whole).starts_with('.') ? 1 + fraction : 0));
    const Unit* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const Unit& candidate) { return text.starts_with(candidate.name); });
    if (unit == std::end(kUnits)) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += static_cast<__int128>(count) * unit->nanos + static_cast<__int128>(NanosOf(digits)) * unit->nanos / kNanos;
    if (!DurationOf(total)) return std::nullopt;
  }
  return DurationOf(negative ? -total : total);
}

std::string Format(Duration duration) {
  const bool negative = duration.nanos < 0;
  const auto all = negative ? 0 - static_cast<uint64_t>(duration.nanos) : static_cast<uint64_t>(duration.nanos);
  return (negative ? "-" : "") + std::to_string(all / kNanos) + Fraction(static_cast<int64_t>(all % kNanos)) + "s";
}

std::optional<Timestamp> Add(Timestamp time, Duration duration) {
  const __int128 nanos = static_cast<__int128>(time.seconds) * kNanos + time.nanos + duration.nanos;
  __int128 seconds = nanos / kNanos;
  __int128 rest = nanos % kNanos;
  if (rest < 0) {
    rest += kNanos;
    --seconds;
  }
  return TimestampOf(static_cast<int64_t>(seconds), static_cast<int64_t>(rest));
}

std::optional<Timestamp> Subtract(Timestamp time, Duration duration) {
  if (duration.nanos == std::numeric_limits<int64_t>::min()) return std::nullopt;
  return Add(time, Duration{-duration.nanos});
}

std::optional<Duration> Subtract(Timestamp later, Timestamp sooner) {
  return DurationOf(static_cast<__int128>(later.seconds - sooner.seconds) * kNanos + later.nanos - sooner.nanos);
}

std::optional<CivilTime> InZone(Timestamp time, std::string_view zone) {
  absl::TimeZone found;
  if (!FindZone(zone, &found)) return std::nullopt;
  const absl::CivilSecond civil = found.At(TimeOf(time)).cs;
  const absl::CivilDay day(civil);
  // absl counts from Monday, the language from Sunday.
  return CivilTime{civil.year(),
                   civil.month(),
                   civil.day(),
                   civil.hour(),
                   civil.minute(),
                   civil.second(),
                   (static_cast<int>(absl::GetWeekday(day)) + 1) % 7,
                   absl::GetYearDay(day) - 1};
}

}  // namespace davit::cel
