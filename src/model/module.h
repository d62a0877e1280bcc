// What is known of a component's module without running anything, and the interface by which control/ asks for it: the drivers
// implement it, main wires it in, so that control knows no driver (the table of includes in DESIGN.md).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "model/stack.h"

namespace davit {

struct ModuleVariable {
  ValueType type = ValueType::kAny;
  bool sensitive = false;
  bool required = false;  // no default
};

struct ModuleOutput {
  bool sensitive = false;
};
using ModuleOutputs = std::map<std::string, ModuleOutput, std::less<>>;

struct ModuleWarning {
  std::string text;  // names the component
  Pos hook = {};     // that it is about; else it is about the module
};

/// One component's module as its driver sees it.
struct ModuleInfo {
  std::string driver;          // "terraform", "script"
  std::string driver_version;  // part of the fingerprint: raised when the same inputs would be run differently
  std::map<std::string, ModuleVariable> variables;
  ModuleOutputs outputs;
  std::vector<Path> local_modules;  // absolute directories outside or inside the module that belong to it
  bool fully_read = true;           // false: the reader met something it does not know: init runs, counts as changed
  bool needs_init = false;
  std::string foreign_backend;  // type of a backend that the module declares ("s3"); "" = managed by Davit
  std::string backend_place;    // where it declares one: "main.tf:3", in its directory
  /// Type of a backend that the module declares and that is not used, as Davit has the component's state; then `foreign_backend` is "".
  std::string overridden_backend;
  std::string tool;          // "terraform", "tofu", "make", ""
  Path tool_path;            // absolute; empty = none needed
  std::string tool_version;  // "1.11.4"; "" where unknown
  std::vector<std::string>
      environment;  // documented names that the driver passes on where they are set (not digested by value)
  std::vector<Path>
      unadopted_states;          // terraform.tfstate with resources beside the module: refused without managed state
  std::vector<Path> more_files;  // single files outside of its directory that belong to it: hooks beside the manifest
  std::vector<ModuleWarning> warnings;
};

class ModuleInspector {
 public:
  virtual ~ModuleInspector() = default;
  /// `base_directory`: of the stack, for extension executables and hooks. Errors: invalid_input (no implementation found, tool missing
  /// or too old: the message names what to install).
  virtual Result<ModuleInfo> Inspect(const Component& component, const Path& base_directory) = 0;
  /// Why a built-in capability (`aws`, `kubectl`, …; seed 004) is not to be had here, for people; "" = it is. Runs its tool, once per process.
  virtual std::string Missing(std::string_view capability) = 0;
};

}  // namespace davit
