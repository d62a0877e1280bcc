// Where the parameters of one component were looked for and what the names in their values mean: a record that the binder keeps where
// somebody asks (`davit explain`), and only there; elsewhere the pointer to it is null. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/stack.h"

namespace davit::graph {

/// One place where a parameter was looked for, in the order of DESIGN 3.
struct LookupStep {
  enum class Place {
    kQualified,  // the stack's for exactly this component
    kOutput,     // of a component before it
    kPlain,      // the stack's for all
    kGiven,      // every component has it, as hub.componentName
    kValue,      // its own
    kDefault,    // its own
    kEmpty,      // it may be empty
  };
  Place place = Place::kQualified;
  bool there = false;     // declared, though perhaps without a value
  bool found = false;     // this is the one
  std::string name = {};  // of the stack's parameter, or `component:output`
};

/// What a name in a value means.
struct NamedThing {
  std::string text;
  Reference::Kind kind = Reference::Kind::kUnresolved;
  std::string name;       // of the stack's parameter, of the own input, or `component:output`
  std::string stands_in;  // the link, a stack's parameter, in whose value it stands; "" = the parameter's own value
};

struct LookupTrail {
  std::vector<LookupStep> steps;
  std::vector<NamedThing> names;
};

struct LookupTrace {
  std::string component;                      // whose
  std::map<std::string, LookupTrail> inputs;  // by name
};

}  // namespace davit::graph
