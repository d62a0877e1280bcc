// What a component that was just deployed is waited for: its ready conditions, with values.
#include "base/digest.h"
#include "control/direct.h"
#include "control/settled.h"
#include "engine/resolve.h"

namespace davit::control {

Result<std::vector<ReadyTarget>> DirectClient::ReadyTargets(const Lease& lease, const ValueMap& outputs) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(std::optional<JobRow> job, tx->GetJob(lease.job));
  if (!job) return Fail(ErrorCode::kInternal, "job " + lease.job.text + " is missing in the store");
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(*tx, job->snapshot));
  const int index = document->stack.Find(NameInSnapshot(*job));
  if (index < 0) return Fail(ErrorCode::kInternal, "component " + job->name + " is missing in its snapshot");
  ValueMap inputs;
  for (const LeaseInput& input : lease.inputs) inputs[input.name] = input.value;
  ValueMap left = outputs;
  TRY(engine::ResolveOutputs(document->stack, index, inputs, left));
  return engine::ResolveReady(document->stack, index, inputs, left);
}

std::string DirectClient::RandomFor(int bytes, const AttemptId& attempt) const {
  std::string random;
  for (int block = 0; random.size() < static_cast<size_t>(bytes); ++block) {
    const std::string digest =
        KeyedDigestOf(parts_.keyring.digest_key(), "HUB_RANDOM\n" + attempt.text + "\n" + std::to_string(block));
    for (size_t at = 0; at + 1 < digest.size(); at += 2) {
      auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
      random += static_cast<char>(nibble(digest[at]) << 4 | nibble(digest[at + 1]));
    }
  }
  random.resize(static_cast<size_t>(bytes));
  return random;
}

}  // namespace davit::control
