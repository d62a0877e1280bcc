// Marks values that hold a secret which davit knows of, whatever their own declaration says.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "control/run_document.h"
#include "model/value.h"
#include "secrets/masker.h"

namespace davit::control {

inline void MarkHidden(const secrets::Masker& masker, ValueMap& values) {
  for (auto& [name, value] : values) {
    if (value.sensitive) continue;
    std::vector<std::string> texts;
    CollectSecrets(value.data, texts);  // every text in it
    value.sensitive =
        std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return masker.Mask(text) != text; });
  }
}

}  // namespace davit::control
