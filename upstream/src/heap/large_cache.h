// Ranges of large objects that were freed last, for the next ones of the same size: neither takes a lock, reads the
// clock or asks the system. As the depot (heap/depot.h) does, it only holds what the program has shown to want again:
//
// 1. At first it may hold nothing. Ranges that went back to the address space and are soon wanted again went there in
//    vain: it may hold as many bytes more, as far as a share of the budget of free memory has room
//    for them; the first of them, as far as its base has (space::lease()).
// 2. What was never taken out between two ticks is not needed: half of it goes back at the second, and it may hold as
//    many bytes less.
// 3. A thread that sleeps, or has few large objects, seldom ticks. So once in the delay time makes it tick, too: others
//    see to that (registry::release_idle()), or its own slow paths. If it was not used at all since, all goes back.
//
// Owner thread, in a slow path; or who has claimed the heap.
#pragma once

#include "base/options.h"
#include "heap/counts.h"
#include "range/range_class.h"
#include "range/space.h"

namespace sn
{
class LargeCache
{
public:
  // A range of that size, dirty; or null.
  SN_INLINE Range* take(uint32_t chunks)
  {
    unsigned index = index_of(chunks);
    if (SN_UNLIKELY(index >= shelf_count))
      return nullptr;
    Shelf& shelf = shelves[index];
    Range* range = shelf.newest;
    if (range == nullptr)
      return nullptr;
    shelf.newest = range->next;
    shelf.count--;
    if (shelf.count < shelf.least)
      shelf.least = shelf.count;
    held_bytes.subtract(range->bytes());
    return range;
  }

  // False: there is no room for it, and it goes back to the address space.
  SN_INLINE bool put(Range* range)
  {
    unsigned index = index_of(range->chunks);
    if (SN_UNLIKELY(index >= shelf_count))
      return false;
    size_t bytes = range->bytes();
    if (SN_UNLIKELY(held_bytes.get() + bytes > limit_bytes.get()))
    {
      given_back_bytes = given_back_bytes + bytes < most_bytes ? given_back_bytes + bytes : most_bytes;
      return false;
    }
    Shelf& shelf = shelves[index];
    range->next = shelf.newest;
    shelf.newest = range;
    shelf.count++;
    held_bytes.add(bytes);
    return true;
  }

  // So many bytes came from the address space.
  void note_wanted(size_t bytes)
  {
    size_t in_vain = bytes < given_back_bytes ? bytes : given_back_bytes;
    given_back_bytes -= in_vain;
    uint32_t ends = space::lease_ends.load(std::memory_order_relaxed);
    if (in_vain == 0 || (pause != 0 && ends == ends_when_refused && --pause != 0))
      return;
    size_t granted = space::lease(in_vain, limit_bytes.get() == 0);
    limit_bytes.add(granted);
    ends_when_refused = ends;
    pause = granted == 0 ? refused_pause : 0;
  }

  bool has(uint32_t chunks) const
  {
    unsigned index = index_of(chunks);
    return index < shelf_count && shelves[index].newest != nullptr;
  }

  // Tells the address space how much it holds, which counts as free there: in slow paths, if that is new. If others use
  // the address space just now, the next slow path does it.
  void report()
  {
    size_t more_bytes = held_bytes.get() - told_bytes;
    if (more_bytes != 0 && space::try_note_kept(more_bytes))
      told_bytes += more_bytes;
  }

  // Counts operations; every so often it is time to shrink(), and stays so until then.
  SN_INLINE bool is_tick()
  {
    operations.add(1);
    return operations.get() - operations_at_tick >= ticks_apart.get();
  }

  // A program that seldom comes here has a tick at each operation. When many ticks followed one another at once, they
  // come at every second, fourth … operation.
  void shrink(uint64_t now_ms)
  {
    operations_at_tick = operations.get();
    bool is_soon = now_ms - tick_ms < options.purge_delay_ms / 8;
    soon_ticks = is_soon ? soon_ticks + 1 : 0;
    if (!is_soon)
      ticks_apart.subtract((ticks_apart.get() + 1) / 2);
    else if (soon_ticks > 16 && ticks_apart.get() < most_apart)
      ticks_apart.add(ticks_apart.get() + 1);
    tick_ms = now_ms;
    if (!is_soon)
      given_back_bytes /= 2;
    bool is_too_soon = is_soon && ticks_apart.get() < least_apart; // to say what is not needed
    if (is_too_soon || held_bytes.get() == 0)
      return;
    size_t bytes = 0;
    Range* unneeded = nullptr;
    for (Shelf& shelf : shelves)
    {
      for (uint32_t count = (shelf.least + 1) / 2; count > 0; count--)
      {
        Range* range = shelf.newest;
        shelf.newest = range->next;
        shelf.count--;
        bytes += range->bytes();
        range->next = unneeded;
        unneeded = range;
      }
      shelf.least = shelf.count;
    }
    give_back(unneeded, bytes);
  }

  // Gives all back to the address space.
  void release()
  {
    given_back_bytes = 0;
    if (limit_bytes.get() == 0)
      return;
    Range* all = nullptr;
    for (Shelf& shelf : shelves)
    {
      while (Range* range = shelf.newest)
      {
        shelf.newest = range->next;
        range->next = all;
        all = range;
      }
      shelf = {};
    }
    give_back(all, limit_bytes.get());
  }

  // The delay has passed.
  void age(uint64_t now_ms)
  {
    if (operations.get() == operations_at_tick)
      release();
    else
      shrink(now_ms);
  }

  // Any thread.
  size_t bytes() const { return held_bytes.get(); }
  // Whether it may hold something, and has hardly ticked since the last call. The registry's lock is held.
  bool is_idle()
  {
    size_t now = operations.get();
    bool is_used = now - operations_seen > ticks_apart.get();
    operations_seen = now;
    return !is_used && limit_bytes.get() != 0;
  }

private:
  static constexpr unsigned most_log2 = config::large_cache_max_log2 - config::chunk_log2;
  static constexpr unsigned shelf_count = config::keeps_large ? RangeClass::count_to(most_log2) : 1; // of no chunks
  static constexpr size_t most_bytes = config::purge_learned_max_bytes;
  static constexpr size_t least_apart = 64;
  static constexpr size_t most_apart = 1000;    // operations
  static constexpr uint32_t refused_pause = 64; // for room grows with what is in use, too

  struct Shelf
  {
    Range* newest; // linked by `next`
    uint32_t count;
    uint32_t least; // ranges since the last tick
  };

  // The shelf for ranges of so many chunks; shelf_count: there is none, for they are too many or no size.
  static SN_INLINE unsigned index_of(uint32_t chunks)
  {
    RangeClass size(chunks);
    return size.chunks() == chunks ? size.index() : shelf_count;
  }

  // The ranges go, and the heap may hold so many bytes less.
  void give_back(Range* ranges, size_t bytes)
  {
    if (bytes == 0)
      return;
    for (const Range* range = ranges; range != nullptr; range = range->next)
      held_bytes.subtract(range->bytes());
    limit_bytes.subtract(bytes);
    space::end_lease(bytes);
    space::note_kept(held_bytes.get() - told_bytes);
    told_bytes = held_bytes.get();
    if (ranges != nullptr)
      space::free_chain(ranges);
  }

  Shelf shelves[shelf_count];
  Count held_bytes;
  size_t told_bytes; // by report()
  Count limit_bytes;
  size_t given_back_bytes;    // to the address space, and not wanted since
  uint32_t pause;             // when that had no room for more: so often it is not asked again, unless a lease
  uint32_t ends_when_refused; // has ended since
  Count operations;
  Count ticks_apart;
  size_t soon_ticks; // in a row
  uint64_t tick_ms;
  size_t operations_at_tick;
  size_t operations_seen; // by is_idle()
};
} // namespace sn
