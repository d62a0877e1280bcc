#include "engine/fingerprint.h"

#include "base/digest.h"

namespace davit::engine {
namespace {

struct Part {
  const char* key;
  const char* words;
  std::string FingerprintParts::*field;
};

constexpr Part kParts[] = {
    {"module", "module files", &FingerprintParts::module},
    {"inputs", "inputs", &FingerprintParts::inputs},
    {"environment", "process environment", &FingerprintParts::environment},
    {"tool", "tool binary", &FingerprintParts::tool},
    {"driver", "driver version", &FingerprintParts::driver},
    {"state", "state", &FingerprintParts::state},
    {"around", "templates or hooks", &FingerprintParts::around},
};

}  // namespace

std::string FingerprintOf(const FingerprintParts& parts) {
  Digester digester;
  for (const Part& part : kParts) {
    // A part that came later: without it a fingerprint is what it was before.
    if (part.field != &FingerprintParts::around || !parts.around.empty()) digester.Add(parts.*part.field);
  }
  return digester.Finish();
}

json::object ToJson(const FingerprintParts& parts) {
  json::object object{{"v", 1}};
  for (const Part& part : kParts) object[part.key] = parts.*part.field;
  return object;
}

FingerprintParts FingerprintPartsFromJson(const json::object& object) {
  FingerprintParts parts;
  for (const Part& part : kParts) parts.*part.field = GetString(object, part.key);
  return parts;
}

std::vector<std::string> Differences(const FingerprintParts& before, const FingerprintParts& now) {
  std::vector<std::string> words;
  for (const Part& part : kParts) {
    if (before.*part.field != now.*part.field) words.push_back(part.words);
  }
  return words;
}

}  // namespace davit::engine
