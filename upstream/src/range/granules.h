// Metadata of ranges, for the next ones. Ranges are cut and joined all the time, and each call of the arena takes a
// lock: so granules come from it, and go back to it, several at a time.
//
// At each call of the arena all that is kept is whole, though some may be lost there: see free_ranges.h.
//
// The space's lock is held.
#pragma once

#include "meta/arena.h"

namespace sn
{
class Granules
{
public:
  // Null: the system refuses memory.
  void* take()
  {
    if (SN_UNLIKELY(count == 0))
      count = arena::allocate_several(1, blocks, at_once);
    return count == 0 ? nullptr : blocks[--count];
  }

  void put(void* block)
  {
    if (SN_UNLIKELY(count == most))
    {
      count -= at_once;
      arena::free_several(1, blocks + count, at_once);
    }
    blocks[count++] = block;
  }

  void release()
  {
    size_t all = count;
    count = 0;
    arena::free_several(1, blocks, all);
  }

private:
  static constexpr size_t at_once = config::has_system ? 16 : 1;
  static constexpr size_t most = 2 * at_once;

  size_t count = 0;
  void* blocks[most] = {};
};

inline SN_CONSTINIT Granules granules;
} // namespace sn
