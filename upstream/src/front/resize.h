// Changing the size of an object, and asking for it.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// See sn_rust_realloc() and sn_rust_usable_size() in include/snmalloc.h. `object` is not null.
//
// The layout is a promise: its class is taken for the object's, so that nothing is looked up where that does not
// change. An object may be larger than its layout says, never smaller.
void* resize(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* private_heap = nullptr);
// For who was promised nothing: what the object is, the page map says. Whoever allocated it and with which alignment,
// the result is aligned as the C interface promises. `new_size` is not 0.
void* resize_unsaid(void* object, size_t new_size);
size_t usable_bytes(const void* object);
// What that will be of such an object; 0: there is none so large.
size_t good_bytes(size_t alignment, size_t size);
} // namespace sn
