// Giving memory back at once, instead of when the budget says so.
//
// Any thread.
#pragma once

#include <stddef.h>

namespace sn
{
// See sn_trim() in include/snmalloc.h.
size_t trim();
} // namespace sn
