// Options about warnings: which are not shown, and whether any is one too many.
#pragma once

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

/// --allow, of every command that reads a stack.
void DeclareAllow(CLI::App& app, Options& options);
/// --strict, of those that only check one.
void DeclareStrict(CLI::App& app, Options& options);

}  // namespace davit::cli
