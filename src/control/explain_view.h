// What the Client answers about where a value comes from, and about the variables that a stack takes values from. Part of
// control/client.h, which includes it. Values are in clear: who shows them looks at `sensitive`. Plain values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace davit::control {

struct StackDocument;

/// Something that a source says: `value`, `default`, `fromEnv`, …, as it is written.
struct ExplainedFact {
  std::string what;
  Value value;
};

/// One place where a value may come from.
struct ExplainedSource {
  enum class Kind {
    kComponentFile,   // the component's own file
    kStack,           // `parameters` of a stack, or of the entry of a component there
    kParametersFile,  // params.yaml and its like
    kPlatform,        // the state of the stack that this one is put upon
    kDavit,           // what nobody has to declare
    kVariable,        // of the process environment
    kFile,            // that `fromFile` names
    kAnswer,          // of a person
    kDefault,         // the one that the merge left
    kEmpty,           // `empty: allow`
    kParameter,       // of the stack, for a component that looks there
    kOutput,          // of another component, likewise
  };
  Kind kind = Kind::kStack;
  std::string name = {};  // of a variable, a file, a parameter or an output
  Pos pos = {};
  std::vector<ExplainedFact> says = {};
  bool won = false;
  std::vector<std::string> notes = {};  // why not, or what is special about it
};

/// A name in the value, and what it means.
struct ExplainedName {
  std::string text;
  int item = -1;     // index in ExplainView::items; -1 = it is not there
  std::string note;  // why not
};

struct ExplainedItem {
  enum class Kind { kParameter, kInput, kOutput };
  Kind kind = Kind::kParameter;  // of the stack; of a component, as it sees it; an output of one
  std::string name;              // `name` or `name|component`; `name`; `component:output`
  std::string component = {};    // of an input
  int depth = 0;                 // how many names lead to it from what was asked for
  bool has_value = false;
  Value value = {};
  std::string about = {};                     // "kind user", the variable by which the component's tool gets it
  std::vector<ExplainedSource> sources = {};  // in order
  std::vector<ExplainedName> names = {};
};

struct ExplainView {
  std::shared_ptr<const StackDocument> document;  // with errors: only what could be said in spite of them is there
  std::vector<ExplainedItem> items;  // what was asked for, each followed by what its value is made of; everything once
  std::vector<std::string> takers;   // components that declare a parameter of that name; where none was named
};

/// A variable of the process environment.
struct CapturedVariable {
  std::string name;
  bool path = false;                    // of a file, whose content is the value
  std::vector<std::string> parameters;  // that take it, `name` or `name|component`
  std::vector<std::string> briefs;      // each once
  bool required = false;                // without it a parameter has no value
  bool sensitive = false;
  std::vector<std::string> defaults;  // as they are written, each once; not of what is sensitive
  Pos pos;                            // of the first parameter
};

struct CapturesView {
  std::shared_ptr<const StackDocument> document;  // not settled: only names, files and what was found wrong
  std::vector<CapturedVariable> variables;
};

}  // namespace davit::control
