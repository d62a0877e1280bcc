#include "manifest/object_table.h"

#include <algorithm>
#include <charconv>

#include "expr/expression.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

bool HoldsExpression(std::string_view text) {
  for (size_t at = text.find('{', 1); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (text[at - 1] == '$' || text[at - 1] == '#') return true;
  }
  return false;
}

const char* NameOf(Shape shape) {
  switch (shape) {
    case Shape::kAny:
      return "anything";
    case Shape::kText:
      return "a text";
    case Shape::kFlag:
      return "true or false";
    case Shape::kCount:
      return "a whole number";
    case Shape::kDuration:
      return "a time such as 90, 5m or 1h30m";
    case Shape::kTexts:
      return "a list of names";
    case Shape::kList:
      return "a list";
    case Shape::kMapping:
      return "a mapping";
    case Shape::kTextOrMapping:
      return "a text or a mapping";
    case Shape::kListOrMapping:
      return "a list or a mapping";
  }
  return "";
}

std::string HowToWrite(std::string_view key, Shape shape) {
  const std::string name(key);
  switch (shape) {
    case Shape::kTexts:
      return "write " + name + ": [a, b]";
    case Shape::kList:
      return "begin every item with '- ' on a line of its own below " + name + ":";
    case Shape::kMapping:
      return "write 'key: value' on the lines below " + name + ":";
    default:
      return {};
  }
}

/// "90", "5m", "1h30m" in seconds; -1 where it is no time.
int ParseSeconds(std::string_view text) {
  constexpr int64_t kMost = int64_t{10} * 365 * 24 * 3600;
  int64_t total = 0;
  bool first = true;
  while (!text.empty()) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kMost) return -1;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    int64_t unit = 1;
    if (text.empty()) {
      if (!first) return -1;  // "1h30": thirty what?
    } else {
      switch (text.front()) {
        case 's':
          break;
        case 'm':
          unit = 60;
          break;
        case 'h':
          unit = 3600;
          break;
        case 'd':
          unit = int64_t{24} * 3600;
          break;
        default:
          return -1;
      }
      text.remove_prefix(1);
    }
    total += number * unit;
    if (total > kMost) return -1;
    first = false;
  }
  return total > 0 ? static_cast<int>(total) : -1;
}

}  // namespace

json::value TextsIn(yaml::Node node) {
  if (IsNull(node)) return json::value("");
  if (node.IsScalar()) return json::value(node.text());
  if (node.IsSequence()) {
    json::array items;
    for (size_t i = 0; i < node.size(); ++i) items.push_back(TextsIn(node.item(i)));
    return items;
  }
  json::object object;
  for (size_t i = 0; i < node.size(); ++i) object[node.key(i)] = TextsIn(node.value(i));
  return object;
}

bool Decoder::Fits(const Entry& entry, Shape shape) {
  const yaml::Node& value = entry.value;
  bool fits = true;
  switch (shape) {
    case Shape::kAny:
      break;
    case Shape::kText:
      fits = value.IsScalar();
      break;
    case Shape::kFlag: {
      const Result<json::value> flag = value.IsScalar() ? ReadValue(value, dialect_) : json::value(nullptr);
      fits = flag && flag->is_bool();
      break;
    }
    case Shape::kCount: {
      const Result<json::value> count = value.IsScalar() ? ReadValue(value, dialect_) : json::value(nullptr);
      fits = count && count->is_int64() && count->as_int64() >= 0 && count->as_int64() <= kMostCount;
      break;
    }
    case Shape::kDuration:
      fits = value.IsScalar() && ParseSeconds(value.text()) > 0;
      break;
    case Shape::kTexts:
      fits = !value.IsMapping();
      break;
    case Shape::kList:
      fits = value.IsSequence();
      break;
    case Shape::kMapping:
      fits = value.IsMapping();
      break;
    case Shape::kTextOrMapping:
      fits = !value.IsSequence();
      break;
    case Shape::kListOrMapping:
      fits = !value.IsScalar();
      break;
  }
  if (!fits) {
    diagnostics_.AddError(std::string(entry.key) + " must be " + NameOf(shape) + ", not " + Describe(value, dialect_),
                          value.pos(), HowToWrite(entry.key, shape));
  }
  return fits;
}

void Decoder::RefuseFormat(std::string message, Pos pos, std::string help) {
  if (purpose_ == Purpose::kLoad) {
    diagnostics_.AddError(std::move(message), pos, std::move(help));
  } else {
    diagnostics_.AddWarning("format", std::move(message), pos, std::move(help));
  }
}

void Decoder::WarnUnknown(const Entry& entry, std::string_view what, const std::vector<std::string_view>& known) {
  std::string help = Suggest(entry.key, known, diagnostics_);
  if (help.empty()) help = "it has no effect; remove it";
  diagnostics_.AddWarning("unknown-key", "unknown key " + Named(entry.key) + " of " + std::string(what), entry.key_pos,
                          std::move(help));
}

bool Decoder::IsMapping(yaml::Node node, std::string_view what) {
  if (node.IsMapping()) return true;
  diagnostics_.AddError(
      std::string(what) + " must be a mapping, not " + (IsNull(node) ? "nothing" : Describe(node, dialect_)),
      node.pos(), "write it as 'key: value'");
  return false;
}

bool Decoder::Flag(const Entry& entry) {
  const Result<json::value> flag = ReadValue(entry.value, dialect_);
  return flag && flag->is_bool() && flag->as_bool();
}

int Decoder::Count(const Entry& entry) {
  const Result<json::value> count = ReadValue(entry.value, dialect_);
  return count && count->is_int64() ? static_cast<int>(count->as_int64()) : 0;
}

int Decoder::Seconds(const Entry& entry) {
  return ParseSeconds(entry.value.text());
}

std::vector<Name> Decoder::Texts(const Entry& entry) {
  std::vector<Name> texts;
  const bool one = entry.value.IsScalar();
  const size_t count = one ? 1 : entry.value.size();
  texts.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const yaml::Node item = one ? entry.value : entry.value.item(i);
    if (!one && IsNull(item) && purpose_ != Purpose::kLoad) {
      RefuseFormat("an item of " + std::string(entry.key) + " is empty", item.pos(), "remove it");
      continue;
    }
    if (!item.IsScalar() || item.text().empty()) {
      diagnostics_.AddError("an item of " + std::string(entry.key) + " must be a name, not " +
                                (item.IsScalar() ? "nothing" : Describe(item, dialect_)),
                            item.pos());
      continue;
    }
    texts.push_back({std::string(item.text()), item.pos()});
  }
  return texts;
}

void Decoder::CheckNested(yaml::Node node) {
  if (node.IsScalar()) {
    const std::string_view text = node.text();
    if (!HoldsExpression(text)) return;
    const std::string message = "expressions inside lists and mappings are not expanded";
    const char* help = "make the whole value one expression, or give the parts as parameters of their own";
    // The reference of existing stacks leaves them as text, and something may rely on it.
    if (hub_) {
      diagnostics_.AddWarning("nested-expression", message, node.pos(), help);
    } else {
      diagnostics_.AddError(message, node.pos(), help);
    }
    return;
  }
  for (size_t i = 0; i < node.size(); ++i) CheckNested(node.IsSequence() ? node.item(i) : node.value(i));
}

bool Decoder::Value(yaml::Node node, Expression& value) {
  if (IsNull(node)) return false;
  if (!node.IsScalar()) {
    CheckNested(node);
  } else if (const std::string_view text = node.text(); HoldsExpression(text)) {
    Result<Expression> expression = expr::Parse(text, [&](size_t offset) { return node.PosOf(offset); });
    if (expression) {
      value = *std::move(expression);
      for (const Reference& reference : value.references) SeeName(reference.text);
      return true;
    }
    if (!expression.error().position) expression.error().position = node.pos();
    diagnostics_.Add(std::move(expression).error());
    return true;
  }
  Result<json::value> constant = ReadValue(node, dialect_);
  if (constant) {
    value.constant = *std::move(constant);
  } else {
    diagnostics_.Add(std::move(constant).error());
  }
  return true;
}

}  // namespace davit::manifest
