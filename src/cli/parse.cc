#include "cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/diagnostics.h"
#include "base/text.h"
#include "base/warnings.h"
#include "cli/commands.h"
#include "cli/warning_options.h"

namespace davit::cli {
namespace {

/// What a command takes, beside --json, --no-color and --help, which all do.
enum Takes : unsigned {
  kDirectory = 1u << 0,
  kEnvironment = 1u << 1,
  kDeployment = 1u << 2,
  kParameters = 1u << 3,
  kApprove = 1u << 4,
  kParallelism = 1u << 5,
  kTarget = 1u << 6,
  kMessage = 1u << 7,
  kStore = 1u << 8,
  kFormat = 1u << 9,
  kSensitive = 1u << 10,
  kOutputName = 1u << 11,
  kRun = 1u << 12,
  kComponentOfRun = 1u << 13,
  kFollow = 1u << 14,
  kList = 1u << 15,
  kReconcile = 1u << 16,
  kComponent = 1u << 17,
  kPage = 1u << 18,
  kAnswer = 1u << 19,
  kPlan = 1u << 20,
  kApprovalTimeout = 1u << 21,
  kDrift = 1u << 22,
  kShell = 1u << 23,
  kComponentOrAll = 1u << 24,
  kStateVersion = 1u << 25,
  kVersions = 1u << 26,
  kTo = 1u << 27,
  kLimit = 1u << 28,
  kFromFile = 1u << 29,
  kImport = 1u << 30,
  kEval = 1u << 31,
};

struct Command {
  const char* name;  // "up", "run list"
  const char* page;  // its manual page
  const char* brief;
  unsigned takes;
  int (*run)(Context&);
  void (*declare)(CLI::App&, Options&) = nullptr;  // what it takes beside that
  bool passes_on = false;  // from its first argument on, where that is a name, all are for another program
};

constexpr Command kCommands[] = {
    {"new stack", "new", "Make a stack that works, to begin with", 0, RunNewStack, DeclareNewStack},
    {"new component", "new", "Make a component and add it to the stack here", 0, RunNewComponent, DeclareNewComponent},
    {"validate", "validate", "Check a stack without touching anything", kDirectory | kEnvironment | kParameters,
     RunValidate,
     [](CLI::App& app, Options& o) {
       DeclareStrict(app, o);
       app.add_flag("--update-sources", o.update_sources, "Move the pins of sources in git to what their refs are now");
     }},
    {"graph", "graph", "Show components and what they wait for", kDirectory | kEnvironment | kParameters | kFormat,
     RunGraph},
    {"up", "up", "Bring a stack up: preview, ask, apply",
     kDirectory | kEnvironment | kDeployment | kParameters | kApprove | kParallelism | kTarget | kMessage | kStore |
         kSensitive | kApprovalTimeout,
     RunUp},
    {"plan", "plan", "Show what `up` would do, and change nothing",
     kDirectory | kEnvironment | kDeployment | kParameters | kParallelism | kTarget | kStore | kPlan, RunPlan},
    {"down", "down", "Take a deployment away, in reverse order",
     kEnvironment | kDeployment | kApprove | kParallelism | kMessage | kApprovalTimeout, RunDown},
    {"status", "status", "Show what stands", kEnvironment | kDeployment | kStore, RunStatus},
    {"drift", "drift", "Look for what was changed outside",
     kEnvironment | kDeployment | kParameters | kParallelism | kDrift, RunDrift},
    {"outputs", "outputs", "Show what the components left", kEnvironment | kDeployment | kSensitive | kOutputName,
     RunOutputs},
    {"logs", "logs", "Show what the tools printed", kRun | kComponentOfRun | kFollow, RunLogs},
    {"run list", "run", "List runs, the newest first", kEnvironment | kDeployment | kList, RunRunList},
    {"run show", "run", "Show one run and its components", kRun, RunRunShow},
    {"run approve", "run", "Say yes to what a run shows, and let it go on", kRun | kAnswer | kParallelism,
     RunRunApprove},
    {"run reject", "run", "Say no to it", kRun | kAnswer | kParallelism, RunRunReject},
    {"run cancel", "run", "End a run when what has begun is finished", kRun | kMessage, RunRunCancel},
    {"run force-cancel", "run", "Stop a run now, its tools included", kRun | kMessage, RunRunForceCancel},
    {"run reconcile", "run", "Look at what was interrupted, then go on or give up", kRun | kReconcile | kParallelism,
     RunRunReconcile},
    {"shell", "shell", "Open a shell where a component's tool worked", kEnvironment | kDeployment | kShell | kMessage,
     RunShell},
    {"invoke", "invoke", "Run a verb of a component that stands", kEnvironment | kDeployment, RunInvoke, DeclareInvoke},
    {"render", "render", "Fill in templates with what the stack has", kEnvironment | kDeployment | kParameters,
     RunRender, DeclareRender},
    {"history", "history", "List the versions of a deployment", kLimit | kEnvironment | kDeployment, RunHistory},
    {"diff", "diff", "Show what changed between two versions of a deployment",
     kVersions | kSensitive | kEnvironment | kDeployment, RunDiff},
    {"state list", "state", "List the versions of states", kComponentOrAll | kLimit | kEnvironment | kDeployment,
     RunStateList},
    {"state show", "state", "Show what is in a state",
     kComponent | kStateVersion | kSensitive | kEnvironment | kDeployment, RunStateShow},
    {"state diff", "state", "Show what differs between two versions of a state",
     kComponent | kVersions | kSensitive | kEnvironment | kDeployment, RunStateDiff},
    {"state pull", "state", "Write a state as it is to the standard output",
     kComponent | kStateVersion | kSensitive | kEnvironment | kDeployment, RunStatePull},
    {"state rollback", "state", "Make an older version of a state the newest",
     kComponent | kTo | kMessage | kApprove | kEnvironment | kDeployment, RunStateRollback},
    {"state import", "state", "Take a resource that is there into a state",
     kComponent | kImport | kMessage | kEnvironment | kDeployment | kParameters, RunStateImport},
    {"state adopt", "state", "Take over a state that was made without davit",
     kComponent | kFromFile | kMessage | kApprove | kEnvironment | kDeployment | kParameters, RunStateAdopt},
    {"state unlock", "state", "Free a deployment whose davit is gone", kEnvironment | kDeployment, RunStateUnlock},
    {"why", "why", "Say why a component would run", kComponent | kEnvironment | kDeployment | kParameters, RunWhy},
    {"eval", "eval", "Evaluate an expression against a stack, or by itself",
     kEval | kEnvironment | kDeployment | kParameters | kSensitive, RunEval},
    {"schema", "schema", "Print the JSON Schema of a kind of manifest, for editors", 0, RunSchema, DeclareSchema},
    {"fmt", "fmt", "Bring the files of a stack into their usual form", 0, RunFmt, DeclareFmt},
    {"explain", "explain", "Say where a value comes from", kEnvironment | kDeployment | kParameters | kSensitive,
     RunExplain, DeclareExplain},
    {"envrc", "envrc", "Print the variables that a stack takes values from", kDirectory | kEnvironment | kParameters,
     RunEnvrc},
    {"hub elaborate", "hub", "Merge the files of a stack into one, as hubctl does", 0, RunHubElaborate,
     DeclareHubElaborate},
    {"hub deploy", "hub", "Deploy what `hub elaborate` wrote, as hubctl does", 0, RunHubDeploy, DeclareHubDeploy},
    {"hub undeploy", "hub", "Take it away", 0, RunHubUndeploy, DeclareHubUndeploy},
    {"hub explain", "hub", "Show what a state file says", 0, RunHubExplain, DeclareHubExplain},
    {"hub invoke", "hub", "Run a verb of a component, for another one", 0, RunHubInvoke, DeclareHubInvoke},
    {"hub render", "hub", "Fill in templates with what a component has", 0, RunHubRender, DeclareHubRender},
    {"hub backup create", "hub", "Back up what components keep", 0, RunHubBackupCreate, DeclareHubBackupCreate},
    {"hub backup unbundle", "hub", "Make parameters of backups", 0, RunHubUnbundle, DeclareHubUnbundle},
    {"hub kubeconfig", "hub", "Write the cluster of a stack to a kubeconfig", 0, RunHubKubeconfig,
     DeclareHubKubeconfig},
    {"hub init stack", "hub", "Write a hub.yaml to begin with", 0, RunHubInitStack, DeclareHubInit},
    {"hub init component", "hub", "Write a hub-component.yaml to begin with", 0, RunHubInitComponent, DeclareHubInit},
    {"hub ext", "hub", "Run an extension `hub-NAME`, or list them", 0, RunHubExt, DeclareHubExt, true},
    {"version", "version", "Show the version", 0, RunVersion},
    {"help", "davit", "Show a manual page", kPage, RunHelp},
};

/// The words that may come after `group`, "run" or "hub backup"; "" = the first words.
std::vector<std::string_view> NamesUnder(const std::string& group) {
  std::vector<std::string_view> names;
  const std::string before = group.empty() ? "" : group + " ";
  for (const Command& command : kCommands) {
    std::string_view name = command.name;
    if (!name.starts_with(before)) continue;
    name.remove_prefix(before.size());
    name = name.substr(0, name.find(' '));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

void Declare(CLI::App& app, const Command& command, Options& o) {
  const unsigned takes = command.takes;
  const bool reconcile = (takes & kReconcile) != 0;
  const bool answers = (takes & kAnswer) != 0;
  if (takes & kDirectory) app.add_option("DIR", o.directory, "Directory of the stack")->capture_default_str();
  if (takes & kRun) {
    CLI::Option* run = app.add_option(
        "RUN", o.run,
        reconcile || answers ? "Run: its id, the beginning of it, or `last`; may be left out where one waits"
                             : "Run: its id, the beginning of it, or `last`");
    if (!reconcile && !answers) run->required();
  }
  if (takes & kComponentOfRun) app.add_option("COMPONENT", o.name, "Only this component");
  if (takes & kComponent) app.add_option("COMPONENT", o.name, "Component of the stack")->required();
  if (takes & kDrift) {
    app.add_option("COMPONENT", o.targets, "Only these components; default: all that stand");
    app.add_flag("--exit-code", o.exit_code, "Exit with 2 where something was changed outside");
  }
  if (takes & kShell) {
    app.add_option("COMPONENT", o.name, "Component: as its last attempt had it")->required();
    app.add_option("--attempt", o.run, "As its last attempt in this run had it: id, the beginning of it, or `last`")
        ->type_name("RUN");
    app.add_flag("--write", o.write, "Keep the state as it is when the shell is left; holds the deployment meanwhile");
    app.add_option("-c", o.command_text, "Run this line with sh instead; `-- COMMAND...` runs a command")
        ->type_name("LINE");
  }
  if (takes & kEval) {
    app.add_option("EXPRESSION", o.name,
                   "What to evaluate; default: line by line what is typed, or the standard input");
    app.add_option("--component", o.component, "As this component of the stack sees it")->type_name("COMPONENT");
    app.add_option("--cel", o.cel, "It is CEL, whatever it looks like; answers of --json have types")
        ->expected(0, 1)
        ->type_name("EXPRESSION");
    app.add_option("--bindings", o.bindings, "No stack: what its names are, as JSON {name: typed value}")
        ->type_name("FILE");
    app.add_flag("--batch", o.batch, R"(No stack: lines {"id", "expr", "bindings"}, each answered by one)");
  }
  if (takes & kComponentOrAll) app.add_option("COMPONENT", o.name, "Only this component");
  if (takes & kStateVersion) app.add_option("--version", o.version, "Version; default: the newest")->type_name("N");
  if (takes & kVersions) {
    app.add_option("FROM", o.from, "Version; default: the one before the other");
    app.add_option("TO", o.to, "Version; default: the newest");
  }
  if (takes & kImport) {
    app.add_option("ADDRESS", o.address, "Its address in the module")->required();
    app.add_option("ID", o.id, "What its provider calls it")->required();
  }
  if (takes & kFromFile)
    app.add_option("--from", o.from, "State file; default: the one beside the module")->type_name("FILE");
  if (takes & kTo) app.add_option("--to", o.to, "Version whose content is wanted")->required()->type_name("N");
  if (takes & kOutputName) app.add_option("NAME", o.name, "Print the value of one output, `name` or `component:name`");
  if (takes & kPage) app.add_option("COMMAND", o.name, "Command to explain");
  if (takes & kEnvironment)
    app.add_option("--env", o.environment, "Environment; also picks params-<env>.yaml")
        ->capture_default_str()
        ->check([](const std::string& name) -> std::string {
          return HasSlashOrControl(name) ? "the name of an environment has no slashes and no control characters" : "";
        });
  if (takes & kDeployment)
    app.add_option("--deployment", o.deployment, "Deployment, where it is not the stack's own name")
        ->check([](const std::string& name) -> std::string {
          const std::vector<std::string_view> parts = Split(name, '/');
          const bool fits = (parts.size() == 1 || parts.size() == 4) &&
                            std::none_of(parts.begin(), parts.end(),
                                         [](std::string_view part) { return part.empty() || HasSlashOrControl(part); });
          return fits ? ""
                      : "a deployment is called NAME or ORGANIZATION/PROJECT/ENVIRONMENT/NAME, without control "
                        "characters";
        });
  if (takes & kParameters)
    app.add_option("-p,--params", o.parameter_files, "Parameter file, read last; may be repeated")->type_name("FILE");
  if (takes & kParameters)
    app.add_option("-s,--state", o.platform_states, "State files of the platform below; the newest of several counts")
        ->type_name("FILE");
  if (takes & kParameters) DeclareAllow(app, o);
  if (takes & kFormat) app.add_option("--format", o.format, "text, dot or json")->capture_default_str();
  if (takes & kApprove) app.add_flag("--auto-approve", o.auto_approve, "Do not ask");
  if (takes & kParallelism) {
    app.add_option("--parallelism", o.parallelism,
                   "Components at work at one time; default: the cores that davit may use")
        ->check(CLI::Range(1, 1024))
        ->type_name("N");
  }
  if (takes & kTarget)
    app.add_option("--target", o.targets, "Only this component and what it waits for; may be repeated")
        ->type_name("COMPONENT");
  if (takes & kMessage) app.add_option("-m,--message", o.message, "Why: kept with the run");
  if (takes & kAnswer) {
    app.add_option("--component", o.components, "Only of this component, where it was planned again; may be repeated")
        ->type_name("COMPONENT");
    app.add_option("--reason", o.message, "Why: kept with the answer");
  }
  if (takes & kApprovalTimeout) {
    const std::map<std::string, int64_t> units = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    app.add_option("--approval-timeout", o.approval_timeout_s,
                   "How long it waits for a yes before it ends, for example 30m, 24h; 0 = for ever")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_INSENSITIVE))
        ->check(CLI::NonNegativeNumber)
        ->default_str("24h")
        ->type_name("TIME");
  }
  if (takes & kPlan) {
    app.add_flag("--full", o.full, "Every attribute, nothing cut");
    app.add_option("-o,--output", o.output, "Also write it as Markdown, for a pull request")->type_name("FILE.md");
    app.add_flag("--detailed-exitcode", o.detailed_exitcode, "Exit with 2 where something would change");
    app.add_option("--affected", o.affected,
                   "Plan nothing: list the components that differ between two revisions of git; `BASE..` or `BASE`: "
                   "between BASE and the files as they are")
        ->type_name("BASE..HEAD");
  }
  if (takes & kStore) {
    app.add_flag("--moved", o.moved, "The directory was moved on purpose: go on with its .davit here");
    app.add_flag("--fresh", o.fresh, "The directory is a copy: set its .davit aside and begin anew");
  }
  if (takes & kSensitive) app.add_flag("--show-sensitive", o.show_sensitive, "Show sensitive values in clear");
  if (takes & kFollow) app.add_flag("-f,--follow", o.follow, "Go on until the run has ended");
  if (takes & kList) app.add_flag("--open", o.open, "Only runs that have not ended");
  if (takes & (kList | kLimit)) {
    app.add_option("--limit", o.limit, "At most so many")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str()
        ->type_name("N");
  }
  if (reconcile) {
    app.add_flag("--resume", o.resume, "Go on: a script runs again, Terraform plans anew from the kept state");
    app.add_flag("--abandon", o.abandon, "Give up: the components are failed, their state is kept");
    app.add_option("--forget", o.forget,
                   "Address of a resource that was made, is in no state and need not be; may be repeated")
        ->type_name("ADDRESS");
  }
  if (command.declare != nullptr) command.declare(app, o);
  app.add_flag("--json", o.json, "Answer as JSON");
  app.add_flag("--no-color", o.no_color, "No colours");
  app.set_help_flag("-h,--help", "Show this help");
  app.allow_extras();  // they are refused below, with a suggestion
}

std::string Overview() {
  std::string text =
      "Davit lifts infrastructure stacks into place and lowers them again.\n\nUsage: davit COMMAND "
      "[OPTIONS]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    std::string name = command.name;
    name.resize(std::max<size_t>(name.size(), 19), ' ');
    text += "  " + name + "  " + command.brief + "\n";
  }
  return text + "\n`davit COMMAND --help` lists the options of a command, `davit help COMMAND` explains it.\n";
}

/// `message` names the unknown word itself.
tl::unexpected<Error> Unknown(std::string message, const std::string& word, const std::vector<std::string_view>& names,
                              const std::string& otherwise) {
  std::string suggestion = DidYouMean(word, names);
  return Fail(ErrorCode::kInvalidInput, std::move(message), suggestion.empty() ? otherwise : suggestion);
}

/// Finds the command and how many arguments name it.
Result<const Command*> Find(const std::vector<std::string>& arguments, size_t* used) {
  std::string name = arguments[0];
  *used = 1;
  for (std::vector<std::string_view> nested; !(nested = NamesUnder(name)).empty(); ++*used) {
    const std::string usage = "davit " + name + " " + Join(std::vector<std::string>(nested.begin(), nested.end()), "|");
    if (arguments.size() <= *used || arguments[*used].starts_with("-")) {
      return Fail(ErrorCode::kInvalidInput, "`davit " + name + "` needs to know what to do", usage);
    }
    const std::string& word = arguments[*used];
    if (std::find(nested.begin(), nested.end(), word) == nested.end())
      return Unknown("there is no command 'davit " + name + " " + word + "'", word, nested, usage);
    name += " " + word;
  }
  for (const Command& command : kCommands) {
    if (name == command.name) return &command;
  }
  return Unknown("there is no command '" + name + "'", name, NamesUnder(""), "`davit --help` lists the commands");
}

/// The parser's own words, made one sentence of ours.
std::string Tidy(std::string message) {
  message = message.substr(0, message.find('\n'));
  while (!message.empty() && (message.back() == '.' || message.back() == ' ')) message.pop_back();
  return message;
}

}  // namespace

Result<Invocation> ParseCommandLine(const std::vector<std::string>& arguments) {
  Invocation invocation;
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    invocation.help = Overview();
    invocation.usage_error = arguments.empty();
    return invocation;
  }
  std::vector<std::string> words = arguments;
  if (words[0] == "--version") words[0] = "version";
  if (words[0].starts_with("-"))
    return Unknown("`davit` has no option '" + words[0] + "'", words[0], {"--help", "--version"},
                   "the command comes first: davit COMMAND [OPTIONS]");
  size_t used = 0;
  const bool group = words[0] == "run" || words[0] == "state" || words[0] == "hub" || words[0] == "new";
  if (group && words.size() > 1 && (words[1] == "--help" || words[1] == "-h")) {
    invocation.help = std::string(ManualPage(words[0]));
    return invocation;
  }
  TRY_ASSIGN(const Command* command, Find(words, &used));
  const std::string title = std::string("davit ") + command->name;
  CLI::App app(command->brief, title);
  Declare(app, *command, invocation.options);
  // hubctl's option parser lets the last one count, and scripts rely on that.
  if (words[0] == "hub") {
    for (CLI::Option* option : app.get_options()) {
      if (option->get_expected_max() == 1 && !option->get_positional()) option->take_last();
    }
  }
  // CLI11 takes its arguments from the back.
  std::vector<std::string> rest(words.begin() + static_cast<ptrdiff_t>(used), words.end());
  if (command->passes_on && !rest.empty() && !rest[0].starts_with("-") && rest[0] != "ls") {
    invocation.options.hub_files.files = std::move(rest);
    invocation.run = command->run;
    return invocation;
  }
  if (command->takes & kShell) {
    if (const auto split = std::find(rest.begin(), rest.end(), "--"); split != rest.end()) {
      invocation.options.command.assign(split + 1, rest.end());
      rest.erase(split, rest.end());
    }
  }
  std::reverse(rest.begin(), rest.end());
  try {
    app.parse(rest);
  } catch (const CLI::CallForHelp&) {
    invocation.help = std::string(Trim(app.help())) + "\n\n" + std::string(ManualPage(command->page));
    return invocation;
  } catch (const CLI::RequiredError& error) {
    return Fail(ErrorCode::kInvalidInput, "`" + title + "`: " + Tidy(error.what()), title + " --help");
  } catch (const CLI::ParseError& error) {
    return Fail(ErrorCode::kInvalidInput, "`" + title + "`: " + Tidy(error.what()), title + " --help");
  }
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) {
    auto option =
        std::find_if(extras.begin(), extras.end(), [](const std::string& word) { return word.starts_with("-"); });
    if (option == extras.end())
      return Fail(ErrorCode::kInvalidInput, "`" + title + "` does not take '" + extras[0] + "'", title + " --help");
    std::vector<std::string> known;
    for (const CLI::Option* entry : app.get_options()) {
      for (const std::string& name : entry->get_lnames()) known.push_back("--" + name);
      for (const std::string& name : entry->get_snames()) known.push_back("-" + name);
    }
    const std::string word = option->substr(0, option->find('='));
    return Unknown("`" + title + "` has no option '" + word + "'", word,
                   std::vector<std::string_view>(known.begin(), known.end()), title + " --help");
  }
  for (std::string& code : invocation.options.allow) {
    code = Trim(code);
    if (!IsWarningCode(code))
      return Unknown("there is no warning '" + code + "' that could be allowed", code, WarningCodes(),
                     "`davit help warnings` lists the codes");
  }
  invocation.run = command->run;
  return invocation;
}

}  // namespace davit::cli
