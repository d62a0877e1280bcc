// Resolving: from bound expressions (graph/bind.h) and what producers left to the values that a component runs with, and back from what
// it left to its outputs. Who sees what was fixed by Bind; nothing here depends on timing. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/ready.h"
#include "model/stack.h"
#include "model/value.h"

namespace davit::engine {

/// What a component left, by its index in Stack::components; nullptr where it has left nothing yet.
using OutputLookup = std::function<const ValueMap*(int producer)>;

struct ResolvedInput {
  std::string name;
  Value value;  // sensitive where the input is declared so or anything that it is made from is
  std::string env;
  std::string var;
};

struct ResolvedInputs {
  std::vector<ResolvedInput> inputs;  // in the order of Component::inputs
};

/// The inputs of a component. An output that its producer did not leave gives the input's fallback, else the empty value where `empty:
/// allow` (DESIGN 9), else invalid_input, which names input, producer and output. invalid_input too: a value of the wrong type.
/// An input that is allowed to be empty is "" where a text may go, else null, so that its module's own default counts. Texts become what the
/// input's type asks for, where they read as such.
Result<ResolvedInputs> Resolve(const Stack& stack, int component, const OutputLookup& outputs);

/// What keeps a component out (spec/stacks.md 1.8): its conditions that are false or missing (DESIGN 10), by name. `unknown` gets those that are
/// not known yet.
std::vector<std::string> FalseConditions(const Stack& stack, int component, const OutputLookup& outputs,
                                         std::vector<std::string>* unknown);

/// Applies the component's declarations to what its tool left (`values`, in and out): renames (`fromTfVar`), computes those with a
/// `value:` from its own inputs and outputs, checks types, marks sensitive ones. invalid_input: a declared output is missing or of
/// the wrong type. Texts that scripts print become numbers, booleans, lists or maps where the declaration asks for them.
Result<> ResolveOutputs(const Stack& stack, int component, const ValueMap& inputs, ValueMap& values);

/// The ready conditions of a component, from its own inputs and its outputs (as ResolveOutputs left them). invalid_input: an output that
/// one is made from is missing.
Result<std::vector<ReadyTarget>> ResolveReady(const Stack& stack, int component, const ValueMap& inputs,
                                              const ValueMap& outputs);

/// The stack's own outputs, those that can be computed. `missing` gets the others, by name, and why: what they refer to is not there, or cannot
/// be computed with.
ValueMap StackOutputs(const Stack& stack, const OutputLookup& outputs, std::map<std::string, std::string>* missing);

}  // namespace davit::engine
