// Gives free memory back at once, before the budget says so.
//
// Any thread.
#pragma once

#include <stddef.h>

namespace sn
{
// See sn_trim() in include/snmalloc.h.
size_t trim();
// Lets go of all that counts under the memory limit. That is all but pages of slabs in use.
void make_room();
} // namespace sn
