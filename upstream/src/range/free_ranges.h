// The free ranges. They are cut when memory is taken, and joined with their neighbours when it comes back. Nothing here
// asks the system: the caller says what is dirty or clean.
//
// 1. A free range is in the bins of its state; a resident one is in the list by age, too.
// 2. The first and the last chunk of every range name it in the page map.
// 3. Free neighbours of one state are one range, unless one of them was moved or a reservation ends between them.
// 4. At each call of the arena all of this holds, though metadata may be lost there: a child of fork may find that
//    another thread went no further (space::try_begin_fork).
//
// The space's lock is held.
#pragma once

#include "range/bins.h"
#include "range/dirty_list.h"
#include "range/granules.h"

namespace sn
{
class FreeRanges
{
public:
  // Makes a range in use. Null: the system refuses memory.
  static Range* create(uintptr_t base, uint32_t chunks);
  // Forgets a range in use: its chunks name nothing any more. The caller keeps its granule.
  static void forget(Range* range);
  static void destroy(Range* range)
  {
    forget(range);
    granules.put(range);
  }

  // A free range that fits, dirty or else clean; or null.
  Range* find(uint32_t chunks, uint32_t align_chunks) const;
  Range* find(RangeState state, uint32_t chunks, uint32_t align_chunks) const
  {
    return bins[unsigned(state)].find(chunks, align_chunks);
  }

  // Takes `chunks` of a free range, which holds them, into use. Null: the system refuses memory for metadata.
  Range* take(Range* range, uint32_t chunks, uint32_t align_chunks);
  // Takes the whole of it.
  void take_whole(Range* range);

  // A place for a large object: one of the ranges freed last, and as much of the free memory beside it as is missing.
  struct Mixed
  {
    Range* dirty; // null: there is no such place
    uintptr_t base;
    uint32_t clean_chunks; // so many of them; half of all at most
  };
  // The one that has the fewest clean chunks.
  Mixed find_mixed(uint32_t chunks) const;
  Range* take_mixed(const Mixed& place, uint32_t chunks);

  // Makes a range free; returns the range that it is part of then. `now_ms` is the time for dirty ones.
  Range* insert(Range* range, RangeState state, uint64_t now_ms);

  // What the free memory beside a range can give.
  struct Room
  {
    uint32_t chunks;
    uint32_t clean_chunks; // so many of them
  };
  // Behind a range in use: as much as it needs to have `chunks`, or less.
  static Room room_behind(const Range* range, uint32_t chunks);
  // The same, with memory that the system would not move together with it later.
  static Room all_room_behind(const Range* range, uint32_t chunks);
  // Makes a range in use larger; there is such room.
  void grow(Range* range, uint32_t chunks);
  // Splits off what lies behind the first `chunks` of a range in use, as another one. Null: the system refuses memory.
  static Range* split_tail(Range* range, uint32_t chunks);

  Range* any_clean() const { return bins[unsigned(RangeState::clean)].any(); }
  DirtyRange* oldest_dirty() const { return by_age.oldest(); }
  size_t dirty_bytes() const { return by_age.bytes(); }

private:
  // The place of a resident range in the list by age: before `newer`, or last. Nothing for a clean one.
  struct Age
  {
    DirtyRange* newer;
    uint64_t freed_ms;
  };
  void add(Range* range, Age age);
  Age remove(Range* range);

  Range* grow_left(Range* range, uint32_t chunks);

  static bool is_resident(const Range* range) { return range->state != RangeState::clean; }

  Bins bins[4]{}; // by state; none of ranges in use
  DirtyList by_age;
};
} // namespace sn
