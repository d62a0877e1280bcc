#include "base/heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace davit {

void ExpectAllocations(size_t bytes) {
#ifdef __GLIBC__
  constexpr size_t kHugePage = size_t{2} << 20;
  constexpr size_t kPiece = size_t{256} << 10;
  constexpr size_t kMost = size_t{1} << 30;
  constexpr int kMostThreshold = 32 << 20;  // mallopt refuses more
  const auto pad = static_cast<int>(std::clamp(bytes, kHugePage, kMost));
  // Growing vectors take heap that others left, instead of fresh pages each time.
  ::mallopt(M_MMAP_THRESHOLD, kMostThreshold);
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
  ::mallopt(M_TOP_PAD, pad);
  // More than is left of the heap: it grows by the pad. Each piece points to the one before.
  const void* const end_before = ::sbrk(0);
  void** piece = nullptr;
  for (size_t left = ::mallinfo2().fordblks / kPiece + 2; left > 0 && ::sbrk(0) == end_before; --left) {
    auto* const next = static_cast<void**>(std::malloc(kPiece));
    if (next == nullptr) break;
    *next = std::exchange(piece, next);
  }
  const auto here = reinterpret_cast<uintptr_t>(piece);
  const uintptr_t begin = (here + kPiece + kHugePage) / kHugePage * kHugePage;  // nothing behind it was touched yet
  const auto end = reinterpret_cast<uintptr_t>(::sbrk(0));
  if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a wish
  while (piece != nullptr) {
    void** const before = static_cast<void**>(*piece);
    std::free(piece);
    piece = before;
  }
  // What lies before is of small pages and left out. It is not touched, so it is address space only.
  static void* skipped = nullptr;
  if (skipped == nullptr) skipped = std::malloc(begin - here);
#else
  (void)bytes;
#endif
}

}  // namespace davit
