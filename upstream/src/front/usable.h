// The size of an object of which nobody promises that it lives: others may free it meanwhile.
//
// 1. Nothing is read but atomics, and what a lock or a claim keeps as it is. So no answer is a data race, and none
//    comes from memory that has become something else.
// 2. Of an object that lives the answer is right. Of one that is freed or resized meanwhile it is 0, or what an object
//    at that address had or will have.
//
// Any thread, outside any SlowPath.
#pragma once

#include <cstddef>

namespace sn
{
// Any address at all. 0: it is not the start of an object.
size_t find_usable_bytes(const void* address);
} // namespace sn
