// What is kept and for how long (engine.md 9, "Retention"). Two transactions: rows go first, durably; then, as a kill between the two
// must not leave a row whose bytes are gone, the files that no row names.
#include <cstdlib>

#include "control/direct.h"

namespace davit::control {
namespace {

constexpr char kLastTime[] = "housekeeping";  // setting: when, by the wall clock
constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
constexpr int64_t kLogDays = 90;
constexpr int64_t kPlanDays = 30;
constexpr int64_t kStateDays = 90;
constexpr int64_t kStatesKept = 20;

Result<bool> IsDue(store::Transaction& tx, int64_t now_ms) {
  TRY_ASSIGN(std::optional<std::string> text, tx.GetSetting(kLastTime));
  if (!text) return true;
  const int64_t last_ms = std::strtoll(text->c_str(), nullptr, 10);
  return now_ms - last_ms >= kDayMs || now_ms < last_ms;  // or the clock was set back
}

}  // namespace

Result<> DirectClient::Housekeep() {
  const int64_t now_ms = parts_.clock.WallMs();
  {
    TRY_ASSIGN(TxPtr tx, Read());
    TRY_ASSIGN(bool due, IsDue(*tx, now_ms));
    if (!due) return {};
  }
  {
    TRY_ASSIGN(TxPtr tx, Write());
    TRY_ASSIGN(bool due, IsDue(*tx, now_ms));
    if (!due) return {};  // another davit was faster
    TRY(tx->Expire({.logs_ms = now_ms - kLogDays * kDayMs,
                    .plans_ms = now_ms - kPlanDays * kDayMs,
                    .states_ms = now_ms - kStateDays * kDayMs,
                    .states_kept = kStatesKept}));
    TRY(tx->SweepSmallBlobs());
    TRY(tx->PutSetting(kLastTime, std::to_string(now_ms)));
    TRY(CommitAt(*tx, "housekeep"));
  }
  // Blobs are put inside of writing transactions, so while this one is open nobody can begin to name what is removed; it writes nothing.
  // Their age is a second guard.
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(std::vector<std::string> names, tx->ReferencedBlobs());
  parts_.blobs.Sweep({names.begin(), names.end()}, now_ms - kDayMs);
  return {};
}

}  // namespace davit::control
