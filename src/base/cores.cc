#include "base/cores.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

namespace davit {
namespace {

/// Empty where they cannot be told, as of a machine with more of them than fit.
cpu_set_t Usable() {
  // Of the process: the caller itself may have been moved.
  cpu_set_t cores;
  if (::sched_getaffinity(::getpid(), sizeof(cores), &cores) != 0) CPU_ZERO(&cores);
  return cores;
}

}  // namespace

int UsableCores() {
  const cpu_set_t cores = Usable();
  const int count = CPU_COUNT(&cores);
  return count > 0 ? count : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// Where the kernel refuses, the thread stays where it is: nothing but time is lost.

void MoveToOtherCore(std::thread& thread) {
  cpu_set_t others = Usable();
  if (const int here = ::sched_getcpu(); here >= 0 && here < CPU_SETSIZE) CPU_CLR(here, &others);
  if (CPU_COUNT(&others) > 0) ::pthread_setaffinity_np(thread.native_handle(), sizeof(others), &others);
}

void LetRunAnywhere(std::thread& thread) {
  const cpu_set_t cores = Usable();
  if (CPU_COUNT(&cores) > 0) ::pthread_setaffinity_np(thread.native_handle(), sizeof(cores), &cores);
}

}  // namespace davit
