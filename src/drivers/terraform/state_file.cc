#include "drivers/terraform/state_file.h"

#include "model/state_file.h"

namespace davit::drivers {

Result<TerraformState> ParseState(std::string_view bytes) {
  TRY_ASSIGN(StateFile file, ReadStateFile(bytes, StateDetail::kAddresses));
  TerraformState state;
  state.info.serial = file.serial;
  state.info.lineage = std::move(file.lineage);
  for (StateResource& resource : file.resources) {
    if (resource.data) continue;
    state.info.addresses.push_back(std::move(resource.address));
    state.info.ids.push_back(std::move(resource.id));
  }
  state.info.resources = static_cast<int64_t>(state.info.addresses.size());
  state.outputs = std::move(file.outputs);
  return state;
}

}  // namespace davit::drivers
