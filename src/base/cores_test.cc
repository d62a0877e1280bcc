#include "base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

namespace davit {
namespace {

cpu_set_t CoresOf(pid_t process_or_thread) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  EXPECT_EQ(::sched_getaffinity(process_or_thread, sizeof(cores), &cores), 0);
  return cores;
}

cpu_set_t FirstOf(const cpu_set_t& cores) {
  int first = 0;
  while (!CPU_ISSET(first, &cores)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  return one;
}

/// Runs on one core, as long as it is there.
class Pinned {
 public:
  Pinned() : before_(CoresOf(0)), core_(FirstOf(before_)) {
    EXPECT_EQ(::sched_setaffinity(0, sizeof(core_), &core_), 0);
  }
  ~Pinned() { EXPECT_EQ(::sched_setaffinity(0, sizeof(before_), &before_), 0); }
  const cpu_set_t& core() const { return core_; }

 private:
  const cpu_set_t before_;
  const cpu_set_t core_;
};

bool Same(const cpu_set_t& a, const cpu_set_t& b) {
  return CPU_EQUAL(&a, &b);
}

TEST(Cores, ThoseThatTheProcessMayNotUseDoNotCount) {
  const cpu_set_t all = CoresOf(::getpid());
  EXPECT_EQ(UsableCores(), CPU_COUNT(&all));
  const Pinned pinned;
  EXPECT_EQ(UsableCores(), 1);
}

TEST(Cores, WorkBesideIsOnAnotherCore) {
  if (UsableCores() < 2) GTEST_SKIP() << "not run: needs two cores";
  // Not the main thread, whose cores are those of the process.
  std::thread([] {
    const Pinned pinned;
    std::atomic<bool> moved = false;
    std::atomic<bool> beside = false;
    Beside other([&] {
      moved.wait(false);
      const cpu_set_t mine = CoresOf(0);
      cpu_set_t both;
      CPU_AND(&both, &mine, &pinned.core());
      beside = CPU_COUNT(&both) == 0 && CPU_COUNT(&mine) > 0;
    });
    ASSERT_TRUE(other.began());
    moved = true;
    moved.notify_one();
    // Join() would let it run anywhere before it has looked.
    while (!beside) std::this_thread::yield();
    other.Join();
  }).join();
}

TEST(Cores, WorkThatIsDoneAtOnceLeavesTheCallerItsCores) {
  const cpu_set_t before = CoresOf(0);
  for (int i = 0; i < 200; ++i) {
    bool done = false;
    Beside other([&] { done = true; });
    if (i % 2 == 0) std::this_thread::yield();
    other.Join();
    ASSERT_TRUE(done);
    ASSERT_TRUE(Same(CoresOf(0), before));
  }
}

TEST(Cores, OnOneCoreItIsDoneThere) {
  const Pinned pinned;
  bool same = false;
  Beside other([&] { same = Same(CoresOf(0), pinned.core()); });
  other.Join();
  EXPECT_TRUE(same);
}

}  // namespace
}  // namespace davit
