// Gives free memory back at once, before the budget says so.
//
// Any thread.
#pragma once

#include <stddef.h>

namespace sn
{
// See sn_trim() in include/snmalloc.h.
size_t trim();
} // namespace sn
