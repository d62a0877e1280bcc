#include "cli/context.h"

#include <algorithm>

#include "base/text.h"
#include "base/warnings.h"
#include "cli/hub_input.h"

namespace davit::cli {
namespace {

constexpr int kPlainColumns = 100;

json::value PositionJson(Pos pos, const SourceMap* sources) {
  if (!pos || sources == nullptr) return nullptr;
  const Location place = sources->Locate(pos);
  if (place.file.empty()) return nullptr;
  return json::object{{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

/// An error's own sentences wrapped; the lines of a manifest that it shows stay as they are.
std::string Sentences(const std::string& text, int columns) {
  std::string out;
  for (const std::string_view line : Split(std::string_view(text).substr(0, text.find_last_not_of('\n') + 1), '\n')) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    std::string_view words = line.substr(indent);
    if (words.starts_with("\033[")) words = words.substr(std::min(words.find('m') + 1, words.size()));
    const bool sentence = words.starts_with("error") || words.starts_with("note") || words.starts_with("help");
    if (!sentence || Width(line) <= columns) {
      out += std::string(line) + "\n";
      continue;
    }
    std::string lead(indent, ' ');
    for (const std::string& part : Wrap(line, columns - static_cast<int>(indent) - 2)) {
      out += lead + part + "\n";
      lead = std::string(indent + 2, ' ');
    }
  }
  return out;
}

Style StyleOf(const Terminal& terminal, const Options& options, bool is_terminal) {
  Style style;
  style.unicode = terminal.unicode;
  style.color = is_terminal && !terminal.dumb && !terminal.no_color && !options.no_color;
  return style;
}

}  // namespace

Context::Context(Wiring& wiring, Options options)
    : wiring(wiring),
      options(std::move(options)),
      style(StyleOf(wiring.terminal, this->options, wiring.terminal.output_is_terminal)),
      error_style(StyleOf(wiring.terminal, this->options, wiring.terminal.errors_is_terminal)) {}

int Context::columns() const {
  if (!wiring.terminal.output_is_terminal || !wiring.terminal.size) return kPlainColumns;
  return std::max(20, wiring.terminal.size().columns);
}

bool Context::interactive() const {
  return wiring.terminal.input_is_terminal && wiring.terminal.output_is_terminal && !options.json;
}

// Where nobody reads any more there is nobody to tell: what a failed write loses is only words.
void Context::Out(std::string_view text) const {
  (void)WriteAll(wiring.terminal.output, text);
}
void Context::Line(std::string_view text) const {
  Out(std::string(text) + "\n");
}
void Context::Lines(const std::vector<std::string>& lines) const {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  Out(text);
}
void Context::Note(std::string_view text) const {
  std::string out;
  if (wiring.terminal.errors_is_terminal && text.find(' ', 2) != std::string_view::npos) {
    for (const std::string& line : Wrap(std::string(text), columns() - 1)) out += line + "\n";
  } else {
    out = std::string(text) + "\n";  // a path alone stays in one piece, to be copied
  }
  (void)WriteAll(wiring.terminal.errors, out);
}
void Context::Json(const json::value& value) const {
  Out(PrettyJson(value) + "\n");
}

int Context::Fail(const Error& error, const SourceMap* sources) const {
  if (options.json) {
    json::object answer;
    answer["error"] = ErrorJson(error, sources);
    Json(answer);
  } else {
    std::string text = RenderError(sources, error, error_style.color);
    if (wiring.terminal.errors_is_terminal) text = Sentences(text, columns() - 1);
    (void)WriteAll(wiring.terminal.errors, text);
  }
  return ExitCodeOf(error.code);
}

int Context::Fail(ErrorCode code, std::string message, std::string suggestion) const {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.suggestion = std::move(suggestion);
  return Fail(error);
}

std::vector<Diagnostic> Context::Shown(const control::StackDocument& document) const {
  return WithoutAllowed(document.diagnostics.list(), document.sources, options.allow);
}

int Context::Diagnose(const control::StackDocument& document) const {
  if (document.failure) return Fail(*document.failure, &document.sources);
  const std::vector<Diagnostic> list = Shown(document);
  const bool refused = document.diagnostics.HasErrors() || !document.ok || (options.strict && !list.empty());
  if (options.json) {
    if (!refused || list.empty()) return 0;
    auto first =
        std::find_if(list.begin(), list.end(), [](const Diagnostic& d) { return d.severity == Severity::kError; });
    if (first == list.end()) first = list.begin();
    json::object answer;
    answer["error"] = ErrorJson(first->error, &document.sources);
    answer["diagnostics"] = DiagnosticsJson(list, document.sources);
    Json(answer);
    return ExitCodeOf(ErrorCode::kInvalidInput);
  }
  Show(list, document.sources);
  return refused ? ExitCodeOf(ErrorCode::kInvalidInput) : 0;
}

void Context::Warn(const std::vector<Diagnostic>& warnings, const SourceMap& sources) const {
  Show(WithoutAllowed(warnings, sources, options.allow), sources);
}

void Context::Show(const std::vector<Diagnostic>& list, const SourceMap& sources) const {
  std::string text;
  for (const Diagnostic& diagnostic : list) text += RenderDiagnostic(sources, diagnostic, error_style.color);
  (void)WriteAll(wiring.terminal.errors, text);
}

Result<std::unique_ptr<control::Client>> Context::Open(const Path& directory, bool read_only, bool must_exist,
                                                       std::function<Result<>(control::Client&)> before_making,
                                                       bool needs_manifest) const {
  OpenRequest request;
  request.directory = directory;
  request.read_only = read_only;
  request.accept_moved = options.moved;
  request.fresh = options.fresh;
  request.must_exist = must_exist;
  request.needs_manifest = needs_manifest;
  request.before_making = std::move(before_making);
  request.note = [this](const std::string& text) { Note(text); };
  return wiring.open_client(request);
}

control::LoadRequest Context::Load(const Path& directory) const {
  control::LoadRequest request;
  request.directory = directory;
  request.environment = options.environment;
  request.deployment = options.deployment;
  request.update_sources = options.update_sources;
  for (const std::string& file : options.parameter_files) request.parameter_files.emplace_back(file);
  if (!options.platform_states.empty())
    request.platform = [this](SourceMap& sources) { return ReadPlatform(*this, options.platform_states, sources); };
  return request;
}

std::shared_ptr<control::StackDocument> Context::LoadStack(control::Client& client, const Path& directory) const {
  static auto* const kept = new std::vector<std::shared_ptr<control::StackDocument>>;
  return kept->emplace_back(client.Load(Load(directory)));
}

control::DeploymentSelector Context::Selector(const std::string& stack_name) const {
  control::DeploymentSelector selector;
  selector.name = options.deployment;
  selector.environment = options.environment;
  selector.stack_name = stack_name;
  return selector;
}

json::object ErrorJson(const Error& error, const SourceMap* sources) {
  json::object object = {
      {"code", ToString(error.code)}, {"message", error.message}, {"position", PositionJson(error.position, sources)}};
  if (error.suggestion.empty()) {
    object["suggestion"] = nullptr;
  } else {
    object["suggestion"] = error.suggestion;
  }
  json::array notes;
  for (const Note& note : error.notes) {
    notes.push_back({{"message", note.message}, {"position", PositionJson(note.position, sources)}});
  }
  if (!notes.empty()) object["notes"] = std::move(notes);
  return object;
}

json::array DiagnosticsJson(const std::vector<Diagnostic>& list, const SourceMap& sources) {
  json::array array;
  for (const Diagnostic& diagnostic : list) {
    json::object object = ErrorJson(diagnostic.error, &sources);
    object["severity"] = diagnostic.severity == Severity::kError ? "error" : "warning";
    if (!diagnostic.rule.empty()) object["rule"] = diagnostic.rule;
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace davit::cli
