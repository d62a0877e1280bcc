// Decode: one YAML file → what it declares (declarations.h). What is wrong goes to the decoder's diagnostics, with positions; what could be
// read is returned all the same. One thread.
#pragma once

#include "manifest/declarations.h"
#include "manifest/object_table.h"
#include "yaml/yaml.h"

namespace davit::manifest {

StackFile DecodeStack(yaml::Node root, Decoder& decoder);
ParametersFile DecodeParameters(yaml::Node root, Decoder& decoder);
ComponentFile DecodeComponent(yaml::Node root, Decoder& decoder);

/// Whose parameters a list holds: the rules of spec 1.2 differ a little.
enum class Owner {
  kStack,      // stack.yaml, params.yaml: a list
  kEntry,      // of a component's entry in the stack: a list, or a mapping of names to values
  kComponent,  // of a component's own file: a list
};

/// Nested lists are flattened to dotted names.
std::vector<ParameterDeclaration> DecodeParameterList(yaml::Node node, Owner owner, Decoder& decoder);
std::vector<OutputEntry> DecodeOutputs(yaml::Node node, Decoder& decoder);

}  // namespace davit::manifest
