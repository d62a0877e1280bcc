// What the allocator may know beforehand. A large stack is tens of megabytes in small pieces, and fetching them page by page from the kernel
// costs as much as a quarter of reading it.
#pragma once

#include <cstddef>

namespace davit {

/// About `bytes` will be allocated in small pieces: the heap grows by that much at once, in huge pages where the kernel gives them; what
/// is not used stays address space. Nothing where the C library has no such means. Before other threads allocate.
void ExpectAllocations(size_t bytes);

}  // namespace davit
