// Changing the size of an object, and asking for it.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// See sn_rust_realloc() and sn_rust_usable_size() in include/snmalloc.h. `object` is not null.
void* resize(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* chosen = nullptr);
size_t usable_bytes(const void* object);
} // namespace sn
