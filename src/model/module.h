// What is known of a component's module without running anything, and the interface by which control/ asks for it: the drivers
// implement it, main wires it in, so that control knows no driver (the table of includes in DESIGN.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

/// The modules of a stack's components, by index of the component. Many share one, which is kept once. Copies share too. Plain value.
class ModuleList {
 public:
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const ModuleInfo& operator[](size_t index) const { return *items_[index]; }
  void Reserve(size_t count) { items_.reserve(count); }
  void Add(ModuleInfo module) { items_.push_back(std::make_shared<const ModuleInfo>(std::move(module))); }
  /// That of the component `index` once more.
  void AddSame(size_t index) { items_.push_back(items_[index]); }
  /// Those that are not there yet are empty.
  void Resize(size_t count) { items_.resize(count, std::make_shared<const ModuleInfo>()); }
  /// The component `order[i]` becomes the component `i`.
  void Permute(const std::vector<int>& order) {
    std::vector<std::shared_ptr<const ModuleInfo>> permuted;
    permuted.reserve(items_.size());
    for (const int index : order) permuted.push_back(std::move(items_[static_cast<size_t>(index)]));
    items_ = std::move(permuted);
  }

 private:
  std::vector<std::shared_ptr<const ModuleInfo>> items_;
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
