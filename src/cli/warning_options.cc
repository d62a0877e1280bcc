#include "cli/warning_options.h"

#include <CLI/CLI.hpp>

#include "cli/context.h"

namespace davit::cli {

void DeclareAllow(CLI::App& app, Options& options) {
  app.add_option("--allow", options.allow, "Do not warn of this: codes as in `davit help warnings`; may be repeated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("CODE");
}

void DeclareStrict(CLI::App& app, Options& options) {
  app.add_flag("--strict", options.strict, "Warnings count as errors");
}

}  // namespace davit::cli
