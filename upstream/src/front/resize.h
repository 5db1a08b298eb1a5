// Changing the size of an object.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// See sn_rust_realloc() in include/snmalloc.h. `object` is not null.
//
// The layout is a promise: its class is taken for the object's, so nothing is looked up where the class stays the same.
// An object may be larger than its layout says, never smaller.
void* resize(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* private_heap = nullptr);
// For callers that promise nothing: the page map says what the object is. The result is aligned as the C interface
// promises, whoever allocated the object. `new_size` is not 0.
void* resize_unsaid(void* object, size_t new_size);
// See sn_rust_resize_in_place() in include/snmalloc.h.
size_t resize_in_place(void* object, size_t alignment, size_t old_size, size_t new_size);
} // namespace sn
