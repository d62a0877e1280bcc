#include "base/cores.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace davit {
namespace {

/// Empty where they cannot be told, as of a machine with more of them than fit.
cpu_set_t Usable() {
  cpu_set_t cores;
  if (::sched_getaffinity(::getpid(), sizeof(cores), &cores) != 0) CPU_ZERO(&cores);
  return cores;
}

/// `thread` has not ended. Where the kernel refuses it stays where it is: nothing but time is lost.
void KeepTo(const cpu_set_t& cores, std::thread& thread) {
  if (CPU_COUNT(&cores) > 0) ::pthread_setaffinity_np(thread.native_handle(), sizeof(cores), &cores);
}

}  // namespace

int UsableCores() {
  const cpu_set_t cores = Usable();
  const int count = CPU_COUNT(&cores);
  return count > 0 ? count : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Beside::Beside(std::function<void()> work) {
  try {
    thread_ = std::thread([this, work = std::move(work)] {
      work();
      may_end_.wait(false);
    });
  } catch (const std::system_error&) {
    return;
  }
  began_ = true;
  cpu_set_t others = Usable();
  if (const int here = ::sched_getcpu(); here >= 0 && here < CPU_SETSIZE) CPU_CLR(here, &others);
  KeepTo(others, thread_);
}

void Beside::Join() {
  if (!thread_.joinable()) return;
  KeepTo(Usable(), thread_);
  may_end_ = true;
  may_end_.notify_one();
  thread_.join();
}

}  // namespace davit
