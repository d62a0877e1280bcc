#include "runner/task_input.h"

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
  for (const std::vector<std::string>* names : {&lease.module.environment, &lease.pass_env}) {
    for (const std::string& name : *names) {
      if (auto found = environment.find(name); found != environment.end()) input.passed_environment.insert(*found);
    }
  }
  input.provided_capabilities = lease.capabilities;
  input.timeout_ms = lease.timeout_ms;
  input.import_address = lease.import_address;
  input.import_id = lease.import_id;
  input.pull_state = lease.adopt;
  return input;
}

}  // namespace davit::runner
