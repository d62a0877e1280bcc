// Named points at which a test can kill or stop this process, compiled in with DAVIT_FAULTS and free without. The process environment
// variable DAVIT_FAULT says which: "name" or "name:N" (the Nth time) dies by SIGKILL there, "name@FILE" (also "name:N@FILE") creates
// FILE and waits until it is removed. Several are separated by commas.
#pragma once

namespace davit {

void FaultPoint(const char* name);

}  // namespace davit

#ifdef DAVIT_FAULTS
#define MAYBE_FAULT(name) ::davit::FaultPoint(name)
#else
#define MAYBE_FAULT(name) \
  do {                    \
  } while (0)
#endif
