// A heap: all that one thread owns. Its fast paths are in front/; here its parts meet, each of which has a file:
//
//   magazine.h ◄──────────► depot.h
//              ◄──refill─── slabs.h ◄──── range_cache.h ◄──── address space
//              ───flush───►         ────►               ────►
//              ◄──receive── inbox.h ◄───── other heaps' outbox.h
//   of large objects: large_cache.h, or with checks range_quarantine.h
//
// 1. Each free object of the heap's slabs is in one place: in its slab, or held as allocated there, in a magazine, the
//    depot, an outbox or the inbox.
// 2. A heap that is claimed has an owner at work: see claim.h. These are all that may be done then:
//    release_from_outside(), a cut (cut.h), receive() and drain_inbox() to the slabs, make_holes(), and what changes
//    large_cache.
//
// A private heap belongs to no thread, but to whoever has its handle: one thread at a time, which is its owner thread
// here. It never sends anything.
//
// Functions are called by the owner thread inside a SlowPath, or by who has claimed the heap; enter() and leave() by
// the owner.
#pragma once

#include "heap/counts.h"
#include "heap/cut.h"
#include "heap/depot.h"
#include "heap/large_cache.h"
#include "heap/large_list.h"
#include "heap/magazine.h"
#include "heap/outbox.h"
#include "heap/range_quarantine.h"
#include "heap/sampler.h"
#include "heap/slabs.h"
#include "heap/slot.h"

namespace sn
{
// How often memory was short so far. Relaxed: a heap that hears of it later lets go later.
inline Alone<std::atomic<uint32_t>> shortages{0};

class Heap : public Magazines
{
public:
  // Makes a heap of zero memory.
  void start(HeapSlot* own_slot, Tag own_tag);

  // Takes an object out of the magazine of a class, which it fills if it is empty: it need not be, for a slow path
  // begins with what others sent, and a thread may only just have got its heap. Null: the system refuses memory.
  void* refill(unsigned size_class);
  // As refill(), of what the heap has.
  void* refill_without_slab(unsigned size_class);
  // Makes room in the full magazine of a class: its older half goes to the depot, or back to the slabs.
  void flush_half(unsigned size_class);

  // Frees what other threads sent. Where it goes: who has claimed the heap leaves its magazines alone.
  enum class To : uint8_t
  {
    slabs,
    magazines, // as far as there is room, for they are likely to be wanted next
  };
  void receive(void* const* objects, size_t count, To to = To::slabs);
  void drain_inbox(To to = To::slabs);

  // See outbox.h.
  bool send(void* object, Tag object_tag) { return outbox.send(object, object_tag, batches, counts); }
  void post_all() { outbox.post_all(counts); }
  void post_held() { outbox.post_held(batches, counts); }

  // Gives back to the slabs what the depot holds in vain.
  void shrink_depot() { depot.shrink(slabs, batches); }

  // Empties the magazines, the depot and the outbox, and gives back all that is free but current slabs of objects up to
  // `kept_bytes`.
  SN_COLD void retire(size_t kept_bytes = 0);
  // Whether nothing is in its magazines, its depot and its outbox, as retire() leaves it.
  bool is_retired() const;
  // Gives back the ranges and batches that are kept for later.
  void release_spares();
  // Gives back what the fast paths of a living owner do not touch: what was sent to it, what waits to be sent, free
  // current slabs, and all that is kept for later but open batches.
  SN_COLD void release_from_outside();
  // Gives back what is in the magazines but for what a sleeping owner is likely to want first: in these three steps,
  // with a fence of all threads between each two. If one fails, undo_cut() is the last.
  void begin_cut(HeapCut& cut);
  void look_at_cut(HeapCut& cut);
  SN_COLD void end_cut(HeapCut& cut);
  void undo_cut(HeapCut& cut);
  // Whether fast paths have moved a top since the last call. With the registry's lock held.
  bool have_tops_moved();
  // Gives back pages of slabs with live objects: as much as a slice of time allows. True: there are more.
  bool make_holes(Slabs::Which which) { return slabs.make_holes(which); }
  // At a tick: the same of slabs that were rather empty for the delay.
  SN_COLD void make_old_holes(uint64_t now_ms);
  size_t slab_count() const { return slabs.count(); }
  // Gives back all that a private heap has, free or not, but for its large objects. No slab is looked into, without
  // checks.
  SN_COLD void end_all();
  // In a child of fork: the owner is gone, and is in no slow path.
  SN_COLD void abandon();

  // With checks: gives a closed range back, later.
  void put_into_quarantine(Range* range) { range_quarantine.put(range); }
  // One that has waited, or null.
  Range* take_from_quarantine(uint32_t chunks) { return range_quarantine.take(chunks); }

  HeapSlot& own_slot() { return *slot; }
  // Whether it has no slabs.
  bool is_idle() const { return slabs.count() == 0; }
  // The memory of the magazines' cells, which is zero when all are empty.
  void* cell_memory() { return cells; }

  // At a tick. True: it is time to look at others' heaps, too.
  bool look_round(uint64_t now_ms) { return looks_for_idle = space::look_round(now_ms); }
  // Whether that is to be done now, outside of brackets: see registry::release_idle(). Once.
  SN_INLINE bool take_look_for_idle()
  {
    if (SN_LIKELY(!looks_for_idle))
      return false;
    looks_for_idle = false;
    return true;
  }

  // Counts slow paths; every so often it is time to let go of what is held back.
  bool is_tick() { return ++slow_paths % 64 == 0; }

  // Bracket the slow paths. Each begins with freeing what others sent; and if memory was short since the last one, with
  // letting go of all that the heap holds back.
  void enter();
  SN_INLINE void leave() { bracket.leave(slot->claim); }
  // As enter(), where that has nothing to wait for and nothing to free. False: it has, and nothing was done.
  SN_INLINE bool enter_quickly();

  // With checks: ends the process if an object that the heap holds free was written to.
  void verify_free_objects() const;

  // For exact figures: an operation of the heap's thread.
  SN_INLINE void count_allocation(unsigned size_class)
  {
    if constexpr (config::counts_operations)
      counts.allocations[size_class].add(1);
  }
  SN_INLINE void count_free(unsigned size_class)
  {
    if constexpr (config::counts_operations)
      counts.frees[size_class].add(1);
  }

  // With profiles: bytes that no fast path has counted; fewer than none are taken back.
  void count_bytes(ptrdiff_t bytes) { countdown -= bytes; }

  // Adds its figures, by any thread at any time.
  void add_to(Sums& sums) const;

  HeapCounts counts;
  ThreadCounts thread_counts; // of the owner thread
  Outbox outbox;
  LargeCache large_cache;
  LargeList large_ranges; // of a private heap
  // Of a private heap, for exact figures: of what others freed and it has not received. Relaxed: who adds has a live
  // object of the heap, so nobody ends it meanwhile.
  std::atomic<size_t> coming_bytes;
  Sampler sampler; // with profiles
  Bracket bracket;
  size_t taken_bytes; // from slabs, since a thread has it
  size_t kept_bytes;  // so many of them while it is parked, if it keeps its current slabs
  bool has_old_holes; // it is time to make more of them: see make_old_holes()

private:
  // The lowest cell of a stack, and the one below its first object: see cut.h.
  void** lowest_of(unsigned stack) const { return stack == 0 ? const_cast<void**>(cells) : limits[stack - 1] + 1; }
  void** bottom_of(unsigned stack) const { return lowest_of(stack) + cut_cells_of(stack); }
  size_t cut_cells_of(unsigned stack) const
  {
    return config::cuts_magazines ? cut_cells[stack].load(std::memory_order_relaxed) : 0;
  }
  // Makes room below: the owner, in a slow path. False: there is as much already as can be.
  SN_INLINE bool move_down(unsigned stack) { return SN_UNLIKELY(cut_cells_of(stack) != 0) && move_down_slow(stack); }
  SN_COLD bool move_down_slow(unsigned stack);
  size_t cached_objects(unsigned size_class) const;
  void* refill_from_kept(unsigned size_class);
  void* refill_from_slabs(unsigned size_class, bool may_make);
  void release_kept();

  HeapSlot* slot;
  bool is_private;
  bool looks_for_idle;
  uint32_t slow_paths;
  uint32_t known_shortages;
  uint32_t seen_tops;                          // by have_tops_moved()
  std::atomic<uint8_t> cut_cells[class_count]; // below the bottom. Relaxed: those who ask for figures read it, too
  uint64_t turn_ms;                            // when the last turn of the slabs began
  Slabs slabs;
  Depot depot;
  RangeQuarantine range_quarantine;
  Batches batches;
  void* cells[all_magazine_cells()];
};

SN_INLINE bool Heap::enter_quickly()
{
  bool is_unclaimed = bracket.begin(slot->claim);
  if (SN_LIKELY(is_unclaimed && slot->inbox.is_empty() && known_shortages == shortages.load(std::memory_order_relaxed)))
    return true;
  leave();
  return false;
}

// Marks a slow path of the owner.
class SlowPath
{
public:
  explicit SlowPath(Heap& owned) : heap(owned) { heap.enter(); }
  ~SlowPath() { heap.leave(); }
  SlowPath(const SlowPath&) = delete;
  SlowPath& operator=(const SlowPath&) = delete;

private:
  Heap& heap;
};
} // namespace sn
