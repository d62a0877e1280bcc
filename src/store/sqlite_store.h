// The embedded store: one SQLite file in .davit (WAL, synchronous=FULL). Opening checks where the store lives before anything is
// written (engine.md 3), and applies migrations. One thread owns a store.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/fd.h"
#include "store/store.h"

namespace davit::store {

struct OpenOptions {
  std::string machine_id;   // of /etc/machine-id; passed in
  bool must_exist = false;  // not_found where there is no store: `status` makes none
  bool read_only = false;
  bool accept_moved = false;  // --moved: the store may write here from now on
  bool fresh = false;         // --fresh: put the store that is here aside and begin a new one
};

struct Opened {
  std::unique_ptr<Store> store;
  std::string note;  // something a person should know: "the store was moved from …"
};

/// Opens `directory`/store.db, made with mode 0700 and a .gitignore of "*". Errors: invalid_input (a copy, a newer schema, a network file
/// system), not_found, denied, exhausted.
Result<Opened> OpenSqlite(const Path& directory, const OpenOptions& options);
/// A store that holds nothing and cannot be asked, for commands that only load a manifest.
std::unique_ptr<Store> NoStore();
/// A store in memory, for tests and the simulator.
Result<std::unique_ptr<Store>> OpenMemory();

}  // namespace davit::store
