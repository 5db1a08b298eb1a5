// Holes: pages of a slab on which no live object lies, and that went back to the system while the slab lives on.
//
//   pages of `out`   |    in     |   out     |   out     |    in     |
//   objects          |free| live |free |free |free | free  |live|free|
//   bits of `words`    1     0     0     0     0      0      0    1
//
// 1. Objects that touch a page which is out are free, and their bits are 0 all the same. So what a slab holds elsewhere
//    is taken first, and Slab::take() knows nothing of holes.
// 2. A page of a hole comes back by a mere touch, which nobody can refuse. So its bytes stay counted as held, and under
//    the memory limit.
// 3. Nobody asks what the pages hold then. With checks free objects hold the fill, so there are no holes.
//
// Called by the owner thread in a slow path, or by a thread that has claimed the heap.
#pragma once

#include "slab/slab.h"

namespace sn::holes
{
// Bytes of its pages that are out.
size_t bytes(const Slab* slab);

// Bytes of its pages on which no live object lies, out or not.
size_t empty_bytes(Slab* slab);

struct Made
{
  size_t bytes;
  unsigned calls; // of the system
};
// Gives back all pages of the slab on which no live object lies. What the system does not take back stays as it is.
SN_COLD Made make(Slab* slab);

// Of a slab of which all free objects lie in holes: ends the first hole as far as that makes an object free to be
// taken. Returns the bytes that are in again. 0: there is no hole.
SN_COLD size_t end_first(Slab* slab);

// Ends all holes: of a slab that ends.
void show_all(Slab* slab);
} // namespace sn::holes
