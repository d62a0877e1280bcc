// The options of `davit fmt`, declared by its own command_fmt.cc.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

struct FmtOptions {
  std::vector<std::string> paths;  // files, directories, `-`
  bool check = false;
  bool diff = false;
};

void DeclareFmt(CLI::App& app, Options& options);

}  // namespace davit::cli
