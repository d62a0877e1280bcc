#include "store/retention.h"

namespace davit::store {
namespace {

/// Every blob that a row names. A column that names one belongs here, or its blob is swept.
constexpr char kReferenced[] =
    "SELECT snapshot FROM components UNION SELECT resolution FROM components UNION "
    "SELECT success_snapshot FROM components UNION SELECT success_resolution FROM components UNION "
    "SELECT document FROM runs UNION SELECT snapshot FROM jobs UNION "
    "SELECT document FROM stack_versions UNION "
    "SELECT json_extract(value, '$.resolution') FROM stack_versions, json_each(components, '$.components') UNION "
    "SELECT resolution FROM tasks UNION SELECT plan FROM tasks UNION "
    "SELECT json_extract(before, '$.snapshot') FROM attempts WHERE before <> '' UNION "
    "SELECT json_extract(before, '$.resolution') FROM attempts WHERE before <> '' UNION "
    "SELECT changes FROM plans UNION SELECT overview FROM runs UNION "
    "SELECT blob FROM log_chunks UNION SELECT blob FROM state_versions UNION SELECT blob FROM output_versions UNION "
    "SELECT value FROM settings WHERE name GLOB 'bundle/*'";

/// The log of an attempt goes as a whole.
constexpr char kExpireLogs[] =
    "DELETE FROM log_chunks WHERE (SELECT runs.state = 'finished' AND runs.finished_ms < ? FROM attempts "
    "JOIN jobs ON jobs.id = attempts.job JOIN runs ON runs.id = jobs.run WHERE attempts.id = log_chunks.attempt)";

constexpr char kExpirePlans[] =
    "UPDATE tasks SET plan = '' WHERE plan <> '' AND "
    "run IN (SELECT id FROM runs WHERE state = 'finished' AND finished_ms < ?)";

/// What they changed goes with them; that something was planned and approved stays.
constexpr char kExpireChanges[] =
    "UPDATE plans SET changes = '' WHERE changes <> '' AND "
    "run IN (SELECT id FROM runs WHERE state = 'finished' AND finished_ms < ?)";

/// States in quarantine are counted apart: they take no place of those that were good.
constexpr char kExpireStates[] =
    "DELETE FROM state_versions WHERE created_ms < ? AND id IN (SELECT id FROM (SELECT id, "
    "row_number() OVER (PARTITION BY component, quarantined ORDER BY version DESC, id DESC) AS of_all, "
    "row_number() OVER (PARTITION BY component, quarantined, created_ms / 86400000 ORDER BY version DESC, id DESC) AS "
    "of_day FROM state_versions) WHERE of_all > ? AND of_day > 1) "
    "AND id NOT IN (SELECT state FROM components) "
    "AND run NOT IN (SELECT id FROM runs WHERE state <> 'finished')";

/// By the digest of a bundle, as runs and components name it.
constexpr char kExpireBundles[] =
    "DELETE FROM settings WHERE name GLOB 'bundle/*' AND substr(name, 8) NOT IN (SELECT bundle FROM components UNION "
    "SELECT success_bundle FROM components UNION "
    "SELECT json_extract(before, '$.bundle') FROM attempts WHERE before <> '' UNION "
    "SELECT bundle FROM runs WHERE state <> 'finished' OR finished_ms >= ?)";

Result<> Run(Database& database, const char* sql, std::initializer_list<int64_t> numbers) {
  TRY_ASSIGN(Use use, database.Prepare(sql));
  for (const int64_t number : numbers) use.Bind(number);
  return use.Run();
}

}  // namespace

Result<> ExpireRows(Database& database, const Expiry& expiry) {
  TRY(Run(database, kExpireLogs, {expiry.logs_ms}));
  TRY(Run(database, kExpirePlans, {expiry.plans_ms}));
  TRY(Run(database, kExpireChanges, {expiry.plans_ms}));
  TRY(Run(database, kExpireStates, {expiry.states_ms, expiry.states_kept}));
  return Run(database, kExpireBundles, {expiry.plans_ms});
}

Result<int64_t> SweepSmallBlobs(Database& database) {
  static const std::string kSql = std::string("DELETE FROM blobs WHERE name NOT IN (") + kReferenced + ")";
  TRY_ASSIGN(Use use, database.Prepare(kSql));
  TRY(use.Run());
  return sqlite3_changes64(database.get());
}

Result<std::vector<std::string>> ReferencedBlobs(Database& database) {
  TRY_ASSIGN(Use use, database.Prepare(kReferenced));
  std::vector<std::string> names;
  for (;;) {
    TRY_ASSIGN(bool row, use.Next());
    if (!row) return names;
    names.push_back(use.Text(0));
  }
}

}  // namespace davit::store
