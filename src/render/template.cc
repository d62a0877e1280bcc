#include "render/template.h"

#include <algorithm>
#include <optional>

#include "base/diagnostics.h"
#include "base/text.h"
#include "render/encodings.h"
#include "render/mustache.h"

namespace davit::render {
namespace {

constexpr std::string_view kSuffixes[] = {".template", ".gotemplate"};

bool InName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.|:/-").find(c) != std::string_view::npos;
}

/// `${name/encoding}` between its braces: what to put there.
Result<std::string> Substitute(std::string_view inside, const ValueMap& values) {
  const size_t cut = inside.find_first_of("/|");
  const std::string_view name = inside.substr(0, cut);
  const auto found = values.find(name);
  if (found == values.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, value] : values) names.push_back(known);
    return Fail(ErrorCode::kNotFound, "there is no parameter '" + std::string(name) + "' here",
                DidYouMean(name, names));
  }
  if (found->second.unknown)
    return Fail(ErrorCode::kNotFound, "'" + std::string(name) + "' is not known yet",
                "`davit up` makes it known, where it is an output");
  json::value value = found->second.data;
  for (size_t at = cut; at < inside.size();) {
    const size_t end = std::min(inside.find_first_of("/|", at + 1), inside.size());
    const std::string_view encoding = inside.substr(at + 1, end - at - 1);
    Result<json::value> encoded = Encode(encoding, value);
    if (!encoded) {
      Error error = encoded.error();
      if (error.code != ErrorCode::kNotFound)
        error.message = "'" + std::string(name) + "' cannot go through " + std::string(encoding) + ": " + error.message;
      return Fail(std::move(error));
    }
    value = std::move(*encoded);
    at = end;
  }
  return std::string(Trim(ToText(value)));
}

/// Kinds `curly` and `mustache`: everything between `open` and `close` that looks like a name. What does not is left as it is.
Result<std::string> Replace(const Template& source, const ValueMap& values, std::string_view open,
                            std::string_view close) {
  std::string out;
  std::optional<Error> problem;
  const std::string_view text = source.text;
  size_t at = 0;
  while (true) {
    const size_t begin = text.find(open, at);
    if (begin == std::string_view::npos) break;
    size_t end = begin + open.size();
    while (end < text.size() && InName(text[end])) ++end;
    if (end == begin + open.size() || text.substr(end, close.size()) != close) {
      out += text.substr(at, begin + 1 - at);
      at = begin + 1;
      continue;
    }
    out += text.substr(at, begin - at);
    Result<std::string> value = Substitute(text.substr(begin + open.size(), end - begin - open.size()), values);
    if (value) {
      out += *value;
    } else {
      Error error = value.error();
      error.code = ErrorCode::kInvalidInput;
      error.message = PlaceIn(source.file, text, begin) + ": " + error.message;
      if (!problem) {
        problem = std::move(error);
      } else {
        problem->notes.push_back({std::move(error.message), {}});
      }
    }
    at = end + close.size();
  }
  if (problem) return Fail(std::move(*problem));
  out += text.substr(at);
  return out;
}

}  // namespace

Result<std::string> Render(const Template& source, const ValueMap& values) {
  if (source.kind.empty() || source.kind == "curly") return Replace(source, values, "${", "}");
  if (source.kind == "mustache") return Replace(source, values, "{{", "}}");
  if (source.kind == "_mustache") return RenderMustache(source, values);
  if (source.kind == "go") {
    return Fail(ErrorCode::kInvalidInput, source.file + ": templates of kind go are not built into davit",
                "write it as kind curly (`${name}`) or _mustache (sections), or render it in a pre-deploy hook");
  }
  return Fail(ErrorCode::kInvalidInput, source.file + ": there is no kind '" + source.kind + "' of templates",
              DidYouMean(source.kind, {"curly", "mustache", "_mustache"}));
}

std::string RenderedName(std::string_view file) {
  for (const std::string_view suffix : kSuffixes) {
    if (file.ends_with(suffix)) return std::string(file.substr(0, file.size() - suffix.size()));
  }
  return std::string(file);
}

std::string PlaceIn(std::string_view file, std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_begin), before.end(),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace davit::render
