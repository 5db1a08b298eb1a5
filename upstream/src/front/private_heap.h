// Private heaps: a caller uses one in place of its thread's heap, and frees it together with all its objects.
//
// Any thread; each heap by one thread at a time.
#pragma once

#include "heap/registry.h"

namespace sn
{
// Null: the system refuses memory.
Heap* create_private_heap();

// Frees the heap and all its objects. Nobody uses them afterwards.
void end_private_heap(Heap* heap);
} // namespace sn
