#include "base/cores.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>

namespace davit {
namespace {

cpu_set_t CoresOf(std::thread& thread) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  EXPECT_EQ(::pthread_getaffinity_np(thread.native_handle(), sizeof(cores), &cores), 0);
  return cores;
}

int FirstOf(const cpu_set_t& cores) {
  int first = 0;
  while (!CPU_ISSET(first, &cores)) ++first;
  return first;
}

TEST(Cores, ThoseThatTheProcessMayNotUseDoNotCount) {
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(::getpid(), sizeof(all), &all), 0);
  EXPECT_EQ(UsableCores(), CPU_COUNT(&all));
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(FirstOf(all), &one);
  ASSERT_EQ(::sched_setaffinity(::getpid(), sizeof(one), &one), 0);
  EXPECT_EQ(UsableCores(), 1);
  ASSERT_EQ(::sched_setaffinity(::getpid(), sizeof(all), &all), 0);
}

TEST(Cores, AThreadGoesToAnotherCoreThanItsMakers) {
  if (UsableCores() < 2) GTEST_SKIP() << "not run: needs two cores";
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(::getpid(), sizeof(all), &all), 0);
  const int core = FirstOf(all);
  std::thread maker([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    ASSERT_EQ(::pthread_setaffinity_np(::pthread_self(), sizeof(one), &one), 0);
    std::atomic<bool> done = false;
    std::thread made([&] {
      while (!done) std::this_thread::yield();
    });
    MoveToOtherCore(made);
    const cpu_set_t others = CoresOf(made);
    EXPECT_FALSE(CPU_ISSET(core, &others));
    EXPECT_EQ(CPU_COUNT(&others), CPU_COUNT(&all) - 1);
    LetRunAnywhere(made);
    const cpu_set_t anywhere = CoresOf(made);
    EXPECT_TRUE(CPU_EQUAL(&anywhere, &all));
    done = true;
    made.join();
  });
  maker.join();
}

TEST(Cores, OnOneCoreAThreadStaysThere) {
  cpu_set_t all;
  ASSERT_EQ(::sched_getaffinity(::getpid(), sizeof(all), &all), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(FirstOf(all), &one);
  ASSERT_EQ(::sched_setaffinity(::getpid(), sizeof(one), &one), 0);
  std::atomic<bool> done = false;
  std::thread made([&] {
    while (!done) std::this_thread::yield();
  });
  MoveToOtherCore(made);
  const cpu_set_t there = CoresOf(made);
  EXPECT_TRUE(CPU_EQUAL(&there, &one));
  done = true;
  made.join();
  ASSERT_EQ(::sched_setaffinity(::getpid(), sizeof(all), &all), 0);
}

}  // namespace
}  // namespace davit
