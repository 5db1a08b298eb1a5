// Changing the size of an object where it is.
//
// Any thread.
#pragma once

#include <stddef.h>

namespace sn
{
// See sn_rust_resize_in_place() in include/snmalloc.h.
size_t resize_in_place(void* object, size_t alignment, size_t old_size, size_t new_size);
} // namespace sn
