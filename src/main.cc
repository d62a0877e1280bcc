// Wires everything: clock, ids, process environment, store, keys, drivers, runner, command line. The only place that knows all of them.
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <list>

#include "base/digest.h"
#include "base/text.h"
#include "blob/blob_store.h"
#include "cli/wiring.h"
#include "control/direct.h"
#include "control/processes.h"
#include "drivers/driver.h"
#include "exec/ready.h"
#include "exec/supervisor.h"
#include "manifest/load.h"
#include "runner/runner.h"
#include "secrets/keyring.h"
#include "store/sqlite_store.h"

extern char** environ;

namespace davit {
namespace {

constexpr char kKeySetting[] = "key";  // {v, id, check}: `check` is sealed with the key
constexpr char kKeyCheck[] = "davit key check";

using Environment = std::map<std::string, std::string>;

Environment ReadEnvironment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (const char* equals = std::strchr(*entry, '='))
      environment.emplace(std::string(*entry, static_cast<size_t>(equals - *entry)), equals + 1);
  }
  return environment;
}

std::string Lookup(const Environment& environment, const std::string& name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::string MachineId() {
  Result<std::string> text = ReadFile("/etc/machine-id", 4096);
  return text ? std::string(Trim(*text)) : std::string();
}

/// "user@host", for the audit.
std::string Principal(const Environment& environment) {
  std::string user = Lookup(environment, "USER");
  if (const passwd* entry = user.empty() ? ::getpwuid(::geteuid()) : nullptr) user = entry->pw_name;
  char host[256] = "";
  (void)::gethostname(host, sizeof host - 1);
  return user + "@" + host;
}

Path UserCache(const Environment& environment) {
  if (std::string cache = Lookup(environment, "XDG_CACHE_HOME"); !cache.empty()) return Path(cache) / "davit";
  if (std::string home = Lookup(environment, "HOME"); !home.empty()) return Path(home) / ".cache" / "davit";
  return {};
}

/// Everything behind one client; lives until the process ends.
struct Embedded {
  std::unique_ptr<store::Store> store;
  std::optional<secrets::Keyring> keyring;
  std::optional<blob::FileBlobStore> blobs;
  std::unique_ptr<source::StatCache> stat_cache;
  std::optional<control::ProcessEntry> process;
};

/// A key that nothing is kept with: for commands that keep nothing.
Result<secrets::Keyring> NobodysKey() {
  Path none;
  return secrets::Keyring::Create({{"DAVIT_KEY", std::string(64, '0')}}, &none);
}

Result<std::string> KeyIdOf(store::Transaction& tx, std::string* check) {
  TRY_ASSIGN(std::optional<std::string> setting, tx.GetSetting(kKeySetting));
  if (!setting) return std::string();
  TRY_ASSIGN(json::value value, ParseJson(*setting));
  if (!value.is_object()) return Fail(ErrorCode::kInternal, "the store does not know its key");
  *check = GetString(value.as_object(), "check");
  return GetString(value.as_object(), "id");
}

Result<> CheckKey(const secrets::Keyring& keyring, const std::string& check) {
  Result<std::string> sealed = [&]() -> Result<std::string> {
    std::string bytes;
    for (size_t i = 0; i + 1 < check.size(); i += 2)
      bytes += static_cast<char>(std::strtol(check.substr(i, 2).c_str(), nullptr, 16));
    return keyring.Open(bytes);
  }();
  if (sealed && *sealed == kKeyCheck) return {};
  return Fail(ErrorCode::kInvalidInput, "the key " + keyring.id() + " does not open this store",
              "restore the key that the store was made with; nothing was changed");
}

/// The store's own key; a new one only for a store that has none yet.
Result<secrets::Keyring> KeyOf(store::Store& store, const store::Scope& scope, std::optional<secrets::Keyring> made,
                               const Path& made_file, const Environment& environment,
                               const std::function<void(const std::string&)>& note) {
  TRY_ASSIGN(std::unique_ptr<store::Transaction> tx, store.Begin(scope, store::Mode::kWrite));
  std::string check;
  TRY_ASSIGN(const std::string id, KeyIdOf(*tx, &check));
  if (!id.empty()) {
    TRY_ASSIGN(secrets::Keyring keyring, secrets::Keyring::Open(environment, id));
    TRY(CheckKey(keyring, check));
    return keyring;
  }
  Path file = made_file;
  if (!made) {
    TRY_ASSIGN(made, secrets::Keyring::Create(environment, &file));
  }
  TRY_ASSIGN(const std::string sealed, made->Seal(kKeyCheck));
  TRY(tx->PutSetting(kKeySetting,
                     json::serialize(json::object{{"v", 1}, {"id", made->id()}, {"check", ToHex(sealed)}})));
  TRY(tx->Commit());
  if (!file.empty() && note) {
    note("a new key encrypts what davit keeps here; without it the states cannot be read, so keep a copy:");
    note("  " + file.string());
  }
  return *made;
}

class Opener {
 public:
  Opener(const Environment& environment, drivers::Registry& registry, source::StatCache& tool_digests,
         const Clock& clock, IdSource& ids)
      : environment_(environment), registry_(registry), tool_digests_(tool_digests), clock_(clock), ids_(ids) {}

  Result<std::unique_ptr<control::Client>> Open(const cli::OpenRequest& request) {
    std::error_code error;
    Path directory = std::filesystem::absolute(request.directory, error).lexically_normal();
    if (std::filesystem::is_regular_file(directory, error)) directory = directory.parent_path();
    const Path store_directory = directory / ".davit";
    const bool there = std::filesystem::exists(store_directory / "store.db", error);
    store::Scope scope;
    scope.principal = Principal(environment_);

    Embedded parts;
    std::optional<Error> key_error;
    if (!there && request.read_only && !request.must_exist) {
      parts.store = store::NoStore();
      TRY_ASSIGN(parts.keyring, NobodysKey());
    } else {
      std::optional<secrets::Keyring> made;
      Path made_file;
      if (!there && !request.must_exist) {
        // Nothing is made where nothing can be deployed.
        if (request.needs_manifest)
          TRY(manifest::FindManifest(request.directory, *manifest::DiskSource(environment_, {})));
        if (request.before_making) {
          cli::OpenRequest only_loads;
          only_loads.directory = request.directory;
          only_loads.read_only = true;
          TRY_ASSIGN(const std::unique_ptr<control::Client> client, Open(only_loads));
          TRY(request.before_making(*client));
        }
        TRY_ASSIGN(made,
                   secrets::Keyring::Create(environment_, &made_file));  // the key comes before the store (engine.md 9)
      }
      store::OpenOptions options;
      options.machine_id = MachineId();
      options.must_exist = request.must_exist;
      options.read_only = request.read_only;
      options.accept_moved = request.accept_moved;
      options.fresh = request.fresh;
      TRY_ASSIGN(store::Opened opened, store::OpenSqlite(store_directory, options));
      if (!opened.note.empty() && request.note) request.note(opened.note);
      parts.store = std::move(opened.store);
      if (request.read_only) {
        TRY_ASSIGN(parts.keyring, NobodysKey());
        TRY_ASSIGN(std::unique_ptr<store::Transaction> tx, parts.store->Begin(scope, store::Mode::kRead));
        std::string check;
        TRY_ASSIGN(const std::string id, KeyIdOf(*tx, &check));
        if (Result<secrets::Keyring> keyring = secrets::Keyring::Open(environment_, id)) {
          parts.keyring = *keyring;
        } else {
          key_error = keyring.error();  // lists that need no blob still work
        }
      } else {
        TRY_ASSIGN(parts.keyring, KeyOf(*parts.store, scope, std::move(made), made_file, environment_, request.note));
        TRY_ASSIGN(parts.process, control::ProcessEntry::Register(store_directory, ids_));
        TRY(MakeDirectories(store_directory / "cache"));
      }
    }
    Embedded& kept = embedded_.emplace_back(std::move(parts));
    kept.blobs.emplace(store_directory / "blobs", *kept.keyring);
    kept.stat_cache = source::StatCache::Open(store_directory / "cache" / "files");
    control::DirectParts direct{
        *kept.store,      *kept.blobs,     *kept.keyring, registry_,
        *kept.stat_cache, tool_digests_,   clock_,        ids_,
        environment_,     store_directory, scope,         kept.process ? &*kept.process : nullptr,
        key_error};
    return std::unique_ptr<control::Client>(std::make_unique<control::DirectClient>(std::move(direct)));
  }

 private:
  const Environment& environment_;
  drivers::Registry& registry_;
  source::StatCache& tool_digests_;
  const Clock& clock_;
  IdSource& ids_;
  std::list<Embedded> embedded_;
};

int Main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "_supervise") == 0) return exec::LauncherMain(std::atoi(argv[2]));
  const Environment environment = ReadEnvironment();
  if (argc == 2 && std::strcmp(argv[1], "_ready") == 0) return exec::WaitUntilReady(environment);
  const SystemClock clock;
  SystemIdSource ids(clock);
  const Path cache = UserCache(environment);
  drivers::Registry registry(environment, cache.empty() ? Path() : cache / "tools.json");
  const std::unique_ptr<source::StatCache> tool_digests =
      source::StatCache::Open(cache.empty() ? Path() : cache / "tools.digests");
  Opener opener(environment, registry, *tool_digests, clock, ids);
  std::error_code error;
  const Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  cli::Wiring wiring{[&](const cli::OpenRequest& request) { return opener.Open(request); },
                     [&](control::Client& client, runner::Observer& observer, int parallelism, int wake_fd,
                         std::function<void()> on_wake) {
                       runner::RunnerOptions options;
                       options.parallelism = parallelism;
                       options.self = self;
                       options.environment = environment;
                       options.wake_fd = wake_fd;
                       options.on_wake = std::move(on_wake);
                       return std::make_unique<runner::Runner>(client, registry, clock, std::move(options), observer);
                     },
                     clock, environment, cli::SystemTerminal(environment)};
  return cli::Main(argc, argv, wiring);
}

}  // namespace
}  // namespace davit

int main(int argc, char** argv) {
  return davit::Main(argc, argv);
}
