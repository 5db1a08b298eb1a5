// How large objects are.
//
// Any thread, outside any SlowPath.
#pragma once

#include <cstddef>

namespace sn
{
// The size of a live object; see sn_rust_live_size() in include/snmalloc.h. 0: `object` is not the start of one.
size_t usable_bytes(const void* object);

// The same for an object that others may free meanwhile. Any address may be asked for.
//
// 1. Only atomics are read, and what a lock or a claim keeps as it is. So no answer is a data race, and none comes from
//    memory that has become something else.
// 2. For a live object the answer is right. For one that is freed or resized meanwhile it is 0, or the size of an
//    object that was or will be at that address.
size_t find_usable_bytes(const void* address);

// The usable size of an object that is allocated so. 0: no object is so large.
size_t good_bytes(size_t alignment, size_t size);
} // namespace sn
