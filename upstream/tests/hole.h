// Holes of slabs, looked at object by object: slab/holes.h.
#pragma once

#include "expect.h"

// Whether the object touches a page that is out; then nobody can take it as it is.
inline bool is_in_hole(const sn::Slab* slab, unsigned number)
{
  size_t bytes = slab->size_class().bytes;
  for (size_t page = number * bytes / sn::os::page_bytes(); page * sn::os::page_bytes() < (number + 1) * bytes; page++)
    if ((slab->out_pages() >> page & 1) != 0)
      return true;
  return false;
}

// How many of its objects are, all of which must be hidden.
inline size_t count_in_holes(const sn::Slab* slab)
{
  EXPECT(sn::config::makes_holes || slab->out_pages() == 0);
  EXPECT((slab->out_pages() & ~sn::low_bits(unsigned(slab->size_class().slab_bytes() / sn::os::page_bytes()))) == 0);
  size_t count = 0;
  for (unsigned number = 0; slab->out_pages() != 0 && number < slab->size_class().slab_objects; number++)
    if (is_in_hole(slab, number))
    {
      EXPECT(!slab->is_free(number));
      count++;
    }
  return count;
}
