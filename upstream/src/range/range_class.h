// Sizes of large objects that grow: eight to a doubling. So an object that grows by small steps stays where it is for
// an eighth of its size. Heaps keep ranges of these sizes. Nobody touches what lies beyond the request.
#pragma once

#include "base/bits.h"
#include "base/config.h"

namespace sn
{
struct RangeClass
{
  static constexpr unsigned split_log2 = 3;

  unsigned shift;  // the distance from one size to the next, in chunks, as a power of two
  uint32_t number; // of the size, in such distances

  // The least of these sizes that holds so many chunks. With checks the guard stands at the end of what was asked for;
  // and where memory is what the program gave, each chunk counts.
  SN_INLINE explicit RangeClass(uint32_t chunks)
      : shift(config::checks || !config::has_system || chunks < 2u << split_log2 ? 0 : floor_log2(chunks) - split_log2),
        number((chunks + (1u << shift) - 1) >> shift)
  {}

  uint32_t chunks() const { return number << shift; }

  // Its place in a table of all sizes.
  unsigned index() const { return (shift << split_log2) + number; }

  // How many sizes there are, up to 2^`chunks_log2` chunks.
  static constexpr unsigned count_to(unsigned chunks_log2)
  {
    return ((chunks_log2 - split_log2) << split_log2) + (1u << split_log2) + 1;
  }
};
} // namespace sn
