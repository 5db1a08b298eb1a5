// Ranges for the next slabs of one heap, so that making and ending slabs seldom takes the lock of the address space.
//
// Owner thread, in a slow path; or who has claimed the heap.
#pragma once

#include "heap/counts.h"
#include "meta/usage.h"
#include "slab/slab.h"

namespace sn
{
class RangeCache
{
public:
  // A range for a slab of `slab_chunks`, or null when the system refuses memory. `fills`: all of it will be used soon.
  Range* take(uint32_t slab_chunks, bool fills)
  {
    uint32_t chunks = chunks_with_guard(slab_chunks);
    Range*& list = list_of(chunks);
    if (list == nullptr)
    {
      size_t bytes = size_t(chunks) << config::chunk_log2;
      size_t wanted = usage::is_scarce() ? 1 : config::range_cache_bytes / 4 / bytes;
      list = space::allocate_chain(chunks, slab_align_chunks(slab_chunks), wanted > 0 ? wanted : 1, fills);
      if (list == nullptr)
        return nullptr;
      for (Range* range = list; range != nullptr; range = range->next)
        held_bytes.add(bytes);
    }
    Range* range = list;
    list = range->next;
    held_bytes.subtract(range->bytes());
    return range;
  }

  void put(Range* range)
  {
    Range*& list = list_of(range->chunks);
    range->next = list;
    list = range;
    held_bytes.add(range->bytes());
    if (held_bytes.get() > config::range_cache_bytes || usage::is_scarce())
      release();
  }

  // Gives all back to the address space.
  void release()
  {
    for (Range*& list : lists)
      if (list != nullptr)
      {
        space::free_chain(list);
        list = nullptr;
      }
    held_bytes.subtract(held_bytes.get());
  }

  size_t bytes() const { return held_bytes.get(); }

private:
  static constexpr unsigned list_count = 5; // 1, 2, 4, 8 and 16 chunks
  static_assert(max_slab_chunks == 1 << (list_count - 1), "one list for each size of slabs");

  // Which list holds ranges for slabs of that many chunks with their guard.
  static unsigned index_of(uint32_t chunks)
  {
    uint32_t slab_chunks = chunks - chunks_with_guard(0);
    return slab_chunks == 0 ? 0 : floor_log2(slab_chunks); // of one chunk, and one for the guard
  }

  Range*& list_of(uint32_t chunks) { return lists[index_of(chunks)]; }

  Range* lists[list_count];
  Count held_bytes;
};
} // namespace sn
