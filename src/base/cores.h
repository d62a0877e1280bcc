// The cores that this process may use, and work on a second one of them. A new thread often stays on the core of the one that made it, in the
// queue, until that one waits or has used up its time: two threads that are to share work of a few milliseconds then do it one after the other.
// Linux.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace davit {

/// What the machine has and this process is not kept from; at least 1. Any thread.
int UsableCores();

/// Work that goes on beside the caller's own, from the beginning on another core where there is one.
class Beside {
 public:
  /// `work` must not throw.
  explicit Beside(std::function<void()> work);
  ~Beside() { Join(); }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  /// False where there was no thread to be had: then nothing is done.
  bool began() const { return began_; }
  /// Waits until it is done. From now on it may also go on here.
  void Join();

 private:
  // A thread that has ended cannot be told any more where to run: the caller would be moved instead.
  std::atomic<bool> may_end_ = false;
  std::thread thread_;
  bool began_ = false;
};

}  // namespace davit
