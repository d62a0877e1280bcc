#include "manifest/schema.h"

#include "manifest/decode.h"

namespace davit::manifest {

const SchemaKey* ObjectSchema::Find(std::string_view name) const {
  for (const SchemaKey& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

const ObjectSchema& SchemaOf(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kStack:
    case DocumentKind::kApplication:
      return kStackSchema;
    case DocumentKind::kComponent:
      return kComponentFileSchema;
    case DocumentKind::kParameters:
      break;
  }
  return kParametersFileSchema;
}

}  // namespace davit::manifest
