// Importing: a run of one task, the tool's own import. What differs from any other change is that it says nothing about whether the component
// is as its manifest wants it.
#include <algorithm>

#include "base/text.h"
#include "control/direct.h"

namespace davit::control {
namespace {

bool IsPlain(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(),
                                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Result<> DirectClient::NeedNew(Tx& tx, const ComponentRow& row, const std::string& address) {
  if (row.state.empty()) return {};
  TRY_ASSIGN(const std::optional<StateVersionRow> newest, tx.GetStateVersion(row.state));
  if (!newest) return {};
  TRY_ASSIGN(const StateFile state, OpenState(tx, row, *newest));
  const auto found = std::find_if(state.resources.begin(), state.resources.end(),
                                  [&](const StateResource& resource) { return resource.address == address; });
  if (found == state.resources.end()) return {};
  return Fail(ErrorCode::kInvalidInput, "the state of " + row.name + " has " + address + " already",
              "`davit state show " + row.name + "` shows it");
}

Result<RunId> DirectClient::SubmitImport(const ImportRequest& request) {
  TRY_ASSIGN(const int index, FindKeeper(*request.document, request.component));
  // What begins with a - would be an option of the tool.
  if (!IsPlain(request.address) || request.address[0] == '-')
    return Fail(ErrorCode::kInvalidInput,
                "'" + StripControls(ValidUtf8(request.address)) + "' is no address of a resource",
                "as in the module: TYPE.NAME, with its index where it has one");
  if (!IsPlain(request.id))
    return Fail(ErrorCode::kInvalidInput, "the id is empty, or has control characters in it",
                "the documentation of the resource's type says what its id is");

  const ModuleInfo& module = request.document->modules[static_cast<size_t>(index)];
  Alone alone{request.deployment, request.document, index, request.message};
  alone.what = {{"address", request.address}};
  alone.mark = [&](RunDocument& document) {
    document.import_address = request.address;
    document.import_id = request.id;
  };
  alone.check = [&](Tx& tx, const ComponentRow& row) -> Result<> {
    if (!module.foreign_backend.empty() && row.state.empty()) {
      return Fail(ErrorCode::kInvalidInput,
                  "the state of " + row.name + " is kept by its module's own " + module.foreign_backend + " backend",
                  "import with the tool itself: " + module.tool +
                      " import ADDRESS ID; or take that state over first: " + "davit state adopt " + row.name);
    }
    return NeedNew(tx, row, request.address);
  };
  return SubmitAlone(std::move(alone));
}

}  // namespace davit::control
