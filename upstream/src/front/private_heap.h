// Private heaps: a caller's own, in place of the calling thread's, and all at once gone with its objects.
#pragma once

#include "heap/registry.h"

namespace sn::private_heap
{
// Null: the system refuses memory. Whoever has it may use it, one thread at a time.
Heap* create();

// Frees all its objects. Nobody uses it or them afterwards.
void end(Heap* heap);
} // namespace sn::private_heap
