// A range: a run of chunks, and what is known of it. The metadata fills one granule of the arena. A slab in the range
// (slab/slab.h) uses the bytes that only free ranges need here.
//
//   fresh ──reserve──► clean ──allocate──► used ──free──► dirty ──purge──► clean
//                                           ▲               │
//                                           └───allocate────┘
//
// `clean` memory is not resident and reads as zero. `dirty` memory is resident. So is `spare` memory, but it is kept
// for slabs of small objects, which use all of it (range/growth.h). With checks all free memory is inaccessible, and so
// is memory that was just taken into use, until its user opens it.
//
// State, size, place in the address space and neighbours change only with the space's lock held, also while the range
// is in use. The other fields of a used range belong to its user. No byte has fields of both.
#pragma once

#include "meta/arena.h"
#include "meta/page_map.h"

namespace sn
{
enum class RangeState : uint8_t
{
  used,
  dirty,
  spare,
  clean,
};

struct Range
{
  uintptr_t base;
  uint32_t chunks;
  RangeState state;
  bool starts_reservation : 1; // what lies before is none of ours, or was reserved in another piece
  bool ends_reservation : 1;
  bool : 0;           // the user's from here on
  bool unguarded : 1; // see range/access.h
  bool moved : 1;     // its pages came from elsewhere: the system's mapping does not join its neighbours'
  bool wiped : 1; // with checks, of what is not clean: no byte holds anything but 0 or the fill, as a slab leaves it
  bool zero : 1;  // as it was taken into use: every byte reads as 0
  bool fresh : 1; // as it was taken into use: no page of it was resident; or all of it was cleared since
  Range* next;    // in a bin (free), in a list of slabs, or in a heap's cache
  Range* previous;

  size_t bytes() const { return size_t(chunks) << config::chunk_log2; }
  uintptr_t end() const { return base + bytes(); }
};

inline void* address_of(const Range* range)
{
  return reinterpret_cast<void*>(range->base);
}

// A range that is free and resident also stands in a list by age.
struct DirtyRange : Range
{
  DirtyRange* older;
  DirtyRange* newer;
  uint64_t freed_ms;
};
static_assert(sizeof(DirtyRange) <= arena::granule_bytes, "range metadata fills one granule");

// The range that an entry names; it must name one.
SN_INLINE Range* range_at(const Entry& entry)
{
  return static_cast<Range*>(arena::at(entry.range.load(std::memory_order_relaxed)));
}

// The range that a chunk's entry names, or null. Of a neighbour ask only for its first or last chunk.
inline Range* range_at(uintptr_t address)
{
  uint32_t index = page_map::entry_of(address).range.load(std::memory_order_relaxed);
  return index == 0 ? nullptr : static_cast<Range*>(arena::at(index));
}
} // namespace sn
