// davit hub invoke: one verb of one component, as its deploy would run it, with what the state file knows. Mostly a component calls it for another
// one, during a deploy, so it waits for nobody: it has a deployment of its own, in which nothing is ever recorded as standing.
#include <fcntl.h>

#include <map>

#include "base/digest.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "cli/hub_stack.h"
#include "cli/quiet_observer.h"

namespace davit::cli {
namespace {

constexpr int kFailed = 1;

/// Hands on what the tool writes, to the byte, as it comes: the caller may read it. It goes on reading files that are gone already.
class PassOn final : public QuietObserver {
 public:
  PassOn(std::string verb, int output, int errors) : verb_(std::move(verb)), output_(output), errors_(errors) {}

  void OnTaskStarted(const control::Lease& lease, bool) override { directory_ = lease.attempt_directory; }
  void OnToolEvent(const control::Lease& lease, const drivers::ToolEvent&) override {
    directory_ = lease.attempt_directory;
    Copy();
  }
  void OnTaskFinished(const control::Lease&, const control::TaskOutcome&) override { Copy(); }
  void OnTick() override { Copy(); }

 private:
  struct Stream {
    Fd file;
    bool open = false;
  };

  void Copy() {
    if (directory_.empty()) return;
    CopyOne(".stdout", out_, output_);
    CopyOne(".stderr", err_, errors_);
  }
  void CopyOne(const char* suffix, Stream& stream, int to) const {
    if (!stream.open) {
      Result<Fd> file = OpenFile(directory_ / "logs" / (verb_ + suffix), O_RDONLY);
      if (!file) return;  // it has not begun
      stream.file = *std::move(file);
      stream.open = true;
    }
    char buffer[16384];
    for (;;) {
      const ssize_t got = ::read(stream.file.get(), buffer, sizeof buffer);
      if (got <= 0) return;
      (void)WriteAll(to, std::string_view(buffer, static_cast<size_t>(got)));  // nobody may be reading
    }
  }

  const std::string verb_;
  const int output_;
  const int errors_;
  Path directory_;
  Stream out_;
  Stream err_;
};

/// The reason of the one job that ran. What the verb printed was passed on, and goes nowhere else: it may be a secret.
std::string WhyFailed(const control::RunView& view, const std::string& component) {
  for (const control::JobView& job : view.jobs) {
    if (job.job.name != component || job.job.reason.empty()) continue;
    static constexpr std::string_view kExited = " exited with code ";
    const size_t exited = job.job.reason.find(kExited);
    return job.job.reason.substr(
        0, exited == std::string::npos ? exited : job.job.reason.find(':', exited + kExited.size()));
  }
  return view.run.reason;
}

}  // namespace

int RunHubInvoke(Context& context) {
  const HubVerbOptions& options = context.options.hub_verb;
  Result<std::map<std::string, std::string>> more = SplitOverrides(context.options.hub.overrides);
  if (!more) return FailHub(context, more.error());
  Result<HubVerbFiles> files = HubVerbFilesOf(context);
  if (!files) return FailHub(context, files.error());
  PassOn pass_on(options.verb, context.wiring.terminal.output, context.wiring.terminal.errors);
  HubStack stack(context, "invoke");
  stack.session().BeQuiet();
  stack.set_base_dir(files->base_dir);
  if (stack.ReadElaborate(files->elaborate) || stack.ReadState(files->state, false)) return kFailed;
  if (!stack.state() && !context.options.hub.force)
    return FailHub(context, Fail(ErrorCode::kNotFound, "there is no state file " + files->state,
                                 "`davit hub deploy` writes it; --force does without")
                                .value());
  if (stack.Open({}, false) || stack.Check(options.component)) return kFailed;
  const Component& component = stack.stack().components[static_cast<size_t>(stack.stack().Find(options.component))];
  if (std::find(component.verbs.begin(), component.verbs.end(), options.verb) == component.verbs.end()) {
    const std::vector<std::string_view> verbs(component.verbs.begin(), component.verbs.end());
    std::string help = DidYouMean(options.verb, verbs);
    if (help.empty())
      help =
          "it has " + Join(component.verbs, ", ") + "; `lifecycle: {verbs: […]}` in its own file names what it can do";
    return FailHub(
        context, Fail(ErrorCode::kInvalidInput, "component '" + component.name + "' has no verb '" + options.verb + "'",
                      std::move(help))
                     .value());
  }
  const std::string key = DeploymentName(stack.state_places(), component.name + "/" + options.verb);
  control::SubmitRequest request =
      stack.Request(RunKind::kDeploy, "local/hub-invoke/" + DigestOf(key).substr(0, 12) + "/" + stack.stack().name);
  control::InPlace& in_place = *request.in_place;
  in_place.tools.verb = options.verb;
  for (const auto& [name, value] : *more) in_place.tools.more_environment[name] = value;
  for (const Component& other : stack.stack().components) {
    if (&other != &component) in_place.excluded.push_back(other.name);
  }
  // What the stack requires was looked at when it was deployed.
  in_place.force = true;
  stack.session().Watch(&pass_on);
  if (stack.session().Submit(request)) return kFailed;
  const int code = stack.session().Drive();
  if (code == 0) return 0;
  std::string reason;
  if (const Result<control::RunView> view = stack.session().client().ShowRun(stack.session().run()); view)
    reason = WhyFailed(*view, component.name);
  return FailHub(context, Fail(ErrorCode::kUnavailable, options.verb + " of component '" + component.name + "' failed" +
                                                            (reason.empty() ? "" : ": " + reason))
                              .value());
}

}  // namespace davit::cli
