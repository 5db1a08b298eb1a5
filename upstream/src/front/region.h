// Without a system: cuts the memory that the program gives into metadata and objects.
//
//   | page map | slots | arena: a 64th, and a heap | objects: whole chunks |
#pragma once

#include <stddef.h>

namespace sn::region
{
// False: it is too little, or the program has given memory before.
bool add(void* start, size_t bytes);
} // namespace sn::region
