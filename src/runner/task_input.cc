#include "runner/task_input.h"

#include "model/raw_output.h"
#include "runner/passed_environment.h"

namespace davit::runner {

drivers::TaskInput TaskInputOf(const control::Lease& lease, const Place& place, const exec::ProcessEnv& environment,
                               const Path& cache) {
  drivers::TaskInput input;
  input.kind = lease.kind;
  input.direct = lease.direct;
  input.component = lease.snapshot_name;
  input.module = lease.module;
  input.module_directory = place.module_directory;
  input.base_directory = place.base_directory;
  input.attempt_directory = lease.attempt_directory;
  input.cache_directory = cache;
  input.module_digest = lease.module_digest;
  input.lock_file = lease.lock_file;
  for (const control::LeaseInput& given : lease.inputs)
    input.inputs.push_back({given.name, given.value, given.env, given.var});
  input.passed_environment = PassedEnvironmentOf(lease, environment);
  input.in_place = lease.in_place.has_value();
  if (lease.in_place) input.verb = lease.in_place->verb;
  input.bare = lease.bare;
  input.templates = lease.templates;
  input.hooks = lease.hooks;
  input.waits_until_ready = lease.waits_until_ready;
  input.random = lease.random;
  for (const OutputDeclaration& output : lease.output_declarations) {
    if (!output.from_tf_var.empty()) input.from_keys.emplace(RawName(output.from_tf_var));
  }
  input.self = place.self;
  input.provided_capabilities = lease.capabilities;
  input.timeout_ms = lease.timeout_ms;
  input.import_address = lease.import_address;
  input.import_id = lease.import_id;
  input.pull_state = lease.adopt;
  return input;
}

}  // namespace davit::runner
