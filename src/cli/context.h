// What every command gets: its options, the wiring, and the ways to write text, notes and errors. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/json.h"
#include "cli/fmt_options.h"
#include "cli/hub_elaborate.h"
#include "cli/hub_files.h"
#include "cli/hub_options.h"
#include "cli/hub_verbs.h"
#include "cli/style.h"
#include "cli/wiring.h"

namespace davit::cli {

/// Values of all options; each command reads those that it declares.
struct Options {
  Path directory = ".";
  std::string environment = "default";
  std::string deployment;
  std::vector<std::string> parameter_files;
  std::vector<std::string> platform_states;  // places
  bool json = false;
  bool no_color = false;
  bool auto_approve = false;
  int parallelism = 0;
  std::vector<std::string> targets;  // --target; of drift its arguments
  std::string message;
  bool update_sources = false;  // of validate
  bool moved = false;
  bool fresh = false;
  std::string format = "text";
  bool show_sensitive = false;
  std::string name;     // of an output, a component, a command
  std::string version;  // of a state
  std::string address;  // of a resource
  std::string id;       // of a resource, as its provider calls it
  std::string from;     // two versions of a state or a stack; a file
  std::string to;
  std::string run;
  bool follow = false;
  bool open = false;
  int limit = 20;
  bool resume = false;
  bool abandon = false;
  std::vector<std::string> forget;
  std::vector<std::string> components;  // whose change is approved or rejected
  int64_t approval_timeout_s = kApprovalTimeoutS;
  bool full = false;
  std::string output;  // a file
  bool detailed_exitcode = false;
  std::optional<std::string> affected;  // BASE..HEAD
  bool exit_code = false;               // of drift: 2 where there is any
  std::string command_text;             // of shell: -c
  bool write = false;                   // of shell: what it leaves as the state is kept
  std::vector<std::string> command;     // of shell: after --
  std::vector<std::string> allow;       // codes of warnings that are not shown
  bool strict = false;                  // warnings count as errors
  std::string component;                // of eval: whose names
  std::optional<std::string> cel;       // of eval: the expression, or "" where the argument has it
  std::optional<std::string> bindings;  // of eval: a file
  bool batch = false;                   // of eval
  std::string verb;                     // of invoke
  FmtOptions fmt;
  std::string kind = "script";  // of new component
  HubOptions hub;
  HubElaborateOptions hub_elaborate;
  HubFilesOptions hub_files;
  HubVerbOptions hub_verb;
};

class Context {
 public:
  Context(Wiring& wiring, Options options);

  Wiring& wiring;
  const Options options;
  const Style style;        // of the standard output
  const Style error_style;  // of the standard error output

  /// The width that text for people is wrapped to: of the terminal, or 100 where there is none.
  int columns() const;
  /// May a person be asked?
  bool interactive() const;

  void Out(std::string_view text) const;   // as it is
  void Line(std::string_view text) const;  // with a newline
  void Lines(const std::vector<std::string>& lines) const;
  void Note(std::string_view text) const;  // on the standard error output
  void Json(const json::value& value) const;

  /// Shows an error, on the standard output as JSON with --json, and gives its exit code.
  int Fail(const Error& error, const SourceMap* sources = nullptr) const;
  int Fail(ErrorCode code, std::string message, std::string suggestion = {}) const;
  /// What of a manifest's diagnostics is to be shown: without the warnings that --allow or a comment silences.
  std::vector<Diagnostic> Shown(const control::StackDocument& document) const;
  /// Shows what was found wrong in a manifest. Gives 3 if it can not be used, with --strict also where anything was found, else 0.
  int Diagnose(const control::StackDocument& document) const;
  /// Shows warnings that came up later, but for those that are silenced.
  void Warn(const std::vector<Diagnostic>& warnings, const SourceMap& sources) const;

  /// `before_making`: OpenRequest's.
  Result<std::unique_ptr<control::Client>> Open(const Path& directory, bool read_only, bool must_exist,
                                                std::function<Result<>(control::Client&)> before_making = {},
                                                bool needs_manifest = true) const;
  control::LoadRequest Load(const Path& directory) const;
  /// The stack of a directory, loaded. It is kept until the process ends, which is soon: giving a large one back piece by piece takes as long
  /// as reading a part of it.
  std::shared_ptr<control::StackDocument> LoadStack(control::Client& client, const Path& directory) const;
  control::DeploymentSelector Selector(const std::string& stack_name = {}) const;

 private:
  void Show(const std::vector<Diagnostic>& list, const SourceMap& sources) const;
};

/// {"code", "message", "position", "suggestion", "notes"}.
json::object ErrorJson(const Error& error, const SourceMap* sources);
json::array DiagnosticsJson(const std::vector<Diagnostic>& list, const SourceMap& sources);

}  // namespace davit::cli
