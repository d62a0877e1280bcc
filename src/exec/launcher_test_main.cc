// A binary that is only a launcher, for tests of exec.
#include <cstdlib>
#include <string_view>

#include "exec/supervisor.h"

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "_supervise") return davit::exec::LauncherMain(std::atoi(argv[2]));
  return 1;
}
