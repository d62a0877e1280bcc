// davit eval: an expression, evaluated against the stack here, or by itself with names that a file gives. For trying one out, and for suites that
// check the language.
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "cli/commands.h"
#include "expr/cel.h"
#include "expr/expression.h"

namespace davit::cli {
namespace {

/// Lines of the input, the last one also without a newline.
class InputLines {
 public:
  explicit InputLines(int fd) : fd_(fd) {}

  std::optional<std::string> Next() {
    for (;;) {
      if (const size_t end = read_.find('\n', from_); end != std::string::npos) {
        std::string line = read_.substr(from_, end - from_);
        from_ = end + 1;
        return line;
      }
      read_.erase(0, from_);
      from_ = 0;
      char piece[65536];
      const ssize_t size = ::read(fd_, piece, sizeof piece);
      if (size < 0 && errno == EINTR) continue;
      if (size > 0) {
        read_.append(piece, static_cast<size_t>(size));
      } else if (read_.empty()) {
        return std::nullopt;
      } else {
        read_ += '\n';
      }
    }
  }

 private:
  const int fd_;
  std::string read_;
  size_t from_ = 0;
};

/// The names that an expression may use.
struct Names {
  std::map<std::string, cel::Value, std::less<>> values;
  std::map<std::string, Value, std::less<>> of_stack;
  bool stack = false;

  std::optional<cel::Value> Find(std::string_view name) const {
    if (const auto found = values.find(name); found != values.end()) return found->second;
    const auto found = of_stack.find(name);
    if (found == of_stack.end()) return std::nullopt;
    return found->second.unknown ? cel::Value::OfUnknown() : cel::FromJson(found->second.data);
  }
};

struct Answer {
  cel::Value value;  // CEL
  Value plain;       // for people, and of a text with ${ }
  std::optional<Error> error;
  size_t at = 0;  // of the error, in the text
};

Answer Wrong(std::string message, size_t at, std::string suggestion = {}) {
  Answer answer;
  Error error;
  error.code = ErrorCode::kInvalidInput;
  error.message = std::move(message);
  error.suggestion = std::move(suggestion);
  answer.error = std::move(error);
  answer.at = at;
  return answer;
}

/// What to do about a name that is not there.
std::string HelpFor(std::string_view name, const Names& names, bool cel) {
  if (!names.stack && names.values.empty())
    return "run it in the directory of a stack, or say with --bindings FILE what the names are";
  std::vector<std::string_view> known;
  for (const auto& [other, value] : names.of_stack) {
    if (!cel || other.find_first_of(":|") == std::string::npos) known.push_back(other);
  }
  for (const auto& [other, value] : names.values) known.push_back(other);
  return DidYouMeanOneOf(name, known);
}

/// Does anything that the program may use hide a secret?
bool UsesSecret(const cel::Program& program, const Names& names) {
  for (const cel::NameUse& use : program.names()) {
    // The longest name that is there is what counts.
    for (std::string_view name = use.name;;) {
      if (const auto found = names.of_stack.find(name); found != names.of_stack.end()) {
        if (found->second.sensitive) return true;
        break;
      }
      const size_t dot = name.rfind('.');
      if (dot == std::string_view::npos) break;
      name = name.substr(0, dot);
    }
  }
  return false;
}

Answer EvaluateCel(std::string_view text, const Names& names, bool reveal) {
  const auto program = cel::Program::Parse(text);
  if (!program) return Wrong(program.error().message, program.error().at, program.error().suggestion);
  Answer answer;
  answer.value = program->Evaluate([&](std::string_view name) { return names.Find(name); });
  answer.plain.sensitive = UsesSecret(*program, names);
  if (answer.value.Is(cel::Kind::kError)) {
    const cel::Failure& failure = answer.value.error();
    for (const cel::NameUse& use : program->names()) {
      if (use.at == failure.at && failure.message.starts_with("there is no '"))
        return Wrong(failure.message, failure.at, HelpFor(use.name, names, true));
    }
    if (answer.plain.sensitive && !reveal)
      return Wrong("it fails here; why may hold what a sensitive value is", failure.at, "--show-sensitive says it");
    return Wrong(failure.message, failure.at);
  }
  answer.plain.unknown = answer.value.Is(cel::Kind::kUnknown);
  return answer;
}

/// In `#{ }` a name may have fields behind it: the longest that is there is meant.
void ChooseNames(const Names& names, Expression& expression) {
  for (const Expression::Part& part : expression.parts) {
    for (int i = part.reference; i < part.reference + part.names; ++i) {
      std::string& text = expression.references[static_cast<size_t>(i)].text;
      for (std::string name = text;; name.resize(name.rfind('.'))) {
        if (names.of_stack.contains(name) || names.values.contains(name)) {
          text = name;
          break;
        }
        if (name.rfind('.') == std::string::npos) break;
      }
    }
  }
}

/// A text as it stands in a manifest, with `${ }` and `#{ }`.
Answer EvaluateText(std::string_view text, const Names& names) {
  size_t at = 0;
  SourceMap places;
  const uint32_t file = places.AddFile("expression", std::string(text));
  auto pos = [&](size_t offset) { return places.At(file, offset); };
  Result<Value> value = [&]() -> Result<Value> {
    TRY_ASSIGN(Expression expression, expr::Parse(text, pos));
    ChooseNames(names, expression);
    return expr::Evaluate(expression, [&](const Reference& reference) -> Result<Value> {
      const auto found = names.of_stack.find(reference.text);
      if (found != names.of_stack.end()) return found->second;
      if (const auto bound = names.values.find(reference.text); bound != names.values.end()) {
        TRY_ASSIGN(json::value data, cel::ToJson(bound->second));
        return Value{std::move(data), false, bound->second.Is(cel::Kind::kUnknown)};
      }
      return Fail(ErrorCode::kInvalidInput, "there is no '" + reference.text + "'",
                  HelpFor(reference.text, names, false));
    });
  }();
  if (!value) {
    if (value.error().position) at = places.Locate(value.error().position).column - 1;
    return Wrong(value.error().message, at, value.error().suggestion);
  }
  Answer answer;
  answer.plain = *std::move(value);
  answer.value = answer.plain.unknown ? cel::Value::OfUnknown() : cel::FromJson(answer.plain.data);
  return answer;
}

/// A text with `${ }` or `#{ }` is one, anything else is CEL.
Answer Evaluate(const Context& context, std::string_view text, const Names& names) {
  const bool marked = text.find("${") != std::string_view::npos || text.find("#{") != std::string_view::npos;
  const bool is_text = !context.options.cel && marked;
  return is_text ? EvaluateText(text, names) : EvaluateCel(text, names, context.options.show_sensitive);
}

json::object ErrorOf(const Answer& answer) {
  json::object error{{"code", ToString(answer.error->code)}, {"message", answer.error->message}, {"at", answer.at}};
  if (!answer.error->suggestion.empty()) error["suggestion"] = answer.error->suggestion;
  return error;
}

/// {"value": typed} or {"error": …}; a secret is {"sensitive": true}, what is not known {"unknown": true}.
json::object Typed(const Context& context, const Answer& answer) {
  if (answer.error) return {{"error", ErrorOf(answer)}};
  if (answer.plain.unknown) return {{"unknown", true}};
  if (answer.plain.sensitive && !context.options.show_sensitive) return {{"sensitive", true}};
  return {{"value", cel::ToTyped(answer.value)}};
}

/// As people read it: a text as it is, anything else as JSON, bytes and times as text.
std::string Shown(const Context& context, const Answer& answer) {
  if (answer.plain.unknown) return "(not known yet)";
  if (answer.plain.sensitive && !context.options.show_sensitive) return "(sensitive)";
  const Result<json::value> data = cel::ToJson(answer.value);
  if (!data)
    return answer.value.Is(cel::Kind::kType) ? answer.value.type() : json::serialize(cel::ToTyped(answer.value));
  return ToText(*data);
}

/// Prints it; the exit code.
int Print(const Context& context, const std::string& text, const Answer& answer) {
  if (context.options.json) {
    context.Json(Typed(context, answer));
    return answer.error ? ExitCodeOf(ErrorCode::kInternal) : 0;
  }
  if (!answer.error) {
    context.Line(Shown(context, answer));
    return 0;
  }
  SourceMap sources;
  Error error = *answer.error;
  error.position = sources.At(sources.AddFile("expression", text), answer.at);
  (void)context.Fail(error, &sources);
  return ExitCodeOf(ErrorCode::kInternal);  // 1: it failed; 3 is for what keeps it from being tried
}

Result<> Bind(const json::value& bindings, Names& names) {
  const json::object* object = bindings.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInvalidInput, "bindings are an object: {name: typed value}");
  for (const auto& [name, typed] : *object) {
    Result<cel::Value> value = cel::FromTyped(typed);
    if (!value) {
      Error error = value.error();
      error.message = "binding '" + std::string(name) + "': " + error.message;
      return Fail(std::move(error));
    }
    names.values[std::string(name)] = *std::move(value);
  }
  return {};
}

/// Lines {"id", "expr", "bindings"}; each is answered at once, also one that is no such line.
int Batch(const Context& context) {
  InputLines lines(context.wiring.terminal.input);
  while (const std::optional<std::string> line = lines.Next()) {
    json::object answer;
    Result<json::value> asked = ParseJson(*line);
    const json::object* object = asked ? asked->if_object() : nullptr;
    Names names;
    Result<> bound;
    if (object == nullptr) {
      answer = {
          {"error",
           ErrorOf(Wrong(asked ? "a line is an object: {\"id\", \"expr\", \"bindings\"}" : asked.error().message, 0))}};
    } else {
      if (const json::value* id = object->if_contains("id")) answer["id"] = *id;
      if (const json::value* bindings = object->if_contains("bindings")) bound = Bind(*bindings, names);
      const json::value* expr = object->if_contains("expr");
      const Answer result = !bound                                  ? Wrong(bound.error().message, 0)
                            : expr == nullptr || !expr->is_string() ? Wrong("expr must be a text: the expression", 0)
                                                                    : EvaluateCel(expr->get_string(), names, true);
      for (auto& [key, value] : Typed(context, result)) answer[key] = value;
    }
    context.Line(json::serialize(answer));
  }
  return 0;
}

/// Is there a manifest here? Without one an expression stands by itself.
bool HasStack() {
  return std::filesystem::exists("stack.yaml") || std::filesystem::exists("hub.yaml");
}

/// A line after the other, until the end of the input; that there is none is an error.
int Lines(const Context& context, const Names& names) {
  int code = 0;
  bool any = false;
  const bool asks = context.interactive();
  if (asks) context.Note("An expression for each line, for example size([1, 2]) or ${name}; Ctrl-D ends.");
  InputLines lines(context.wiring.terminal.input);
  for (;;) {
    if (asks) context.Out("> ");
    const std::optional<std::string> line = lines.Next();
    if (!line) break;
    if (Trim(*line).empty()) continue;
    any = true;
    const int failed = Print(context, *line, Evaluate(context, *line, names));
    if (!asks && failed != 0) code = failed;
  }
  if (asks) context.Line("");
  if (!asks && !any) return Print(context, "", Wrong("an expression is expected, and there is none", 0));
  return code;
}

}  // namespace

int RunEval(Context& context) {
  const Options& options = context.options;
  if (options.batch) return Batch(context);
  const std::string text = options.cel && !options.cel->empty() ? *options.cel : options.name;
  if (options.cel && !options.cel->empty() && !options.name.empty())
    return context.Fail(ErrorCode::kInvalidInput, "there are two expressions", "davit eval --cel EXPRESSION");
  Names names;
  if (options.bindings) {
    const Result<std::string> file = ReadFile(*options.bindings);
    if (!file) return context.Fail(file.error());
    const Result<json::value> bindings = ParseJson(*file);
    if (!bindings)
      return context.Fail(bindings.error().code, *options.bindings + " is no JSON: " + bindings.error().message);
    if (const Result<> bound = Bind(*bindings, names); !bound) return context.Fail(bound.error());
  } else if (HasStack() || !options.component.empty()) {
    Result<std::unique_ptr<control::Client>> client = context.Open(".", true, false);
    if (!client) return context.Fail(client.error());
    const std::shared_ptr<control::StackDocument> document = context.LoadStack(**client, ".");
    if (const int code = context.Diagnose(*document); code != 0) return code;
    Result<ValueMap> of_stack = (*client)->Names(document, context.Selector(document->stack.name), options.component);
    if (!of_stack) return context.Fail(of_stack.error(), &document->sources);
    names.of_stack = *std::move(of_stack);
    names.stack = true;
  }
  return text.empty() ? Lines(context, names) : Print(context, text, Evaluate(context, text, names));
}

}  // namespace davit::cli
