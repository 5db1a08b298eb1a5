// A heap: all that one thread owns. Its fast paths are in front/; here are the slow ones, each in a few steps:
//
//   magazine ◄────────► depot
//            ◄─refill── slabs ◄─make_slab── range cache ◄── address space
//            ──flush──►       ──end_slab──►             ──►
//   inbox ──drain──► slabs                outbox ──post──► other heaps' inboxes
//
// 1. Every slab of the heap is the current one of its class, or in one of its class's lists, or full and in none; a
// full
//    one of a private heap is in the list of those.
// 2. A slab in a list has free objects and live ones; the lists of a class are ordered by how full their slabs are, and
//    the fuller are used first, so that the others drain.
// 3. A slab whose objects are all free is ended, unless it is the current one.
//
// A private heap belongs to no thread, but to whoever has its handle: one thread at a time, which is its owner thread
// here. It never sends anything.
//
// Functions are called by the owner thread inside a SlowPath, or by who has claimed the heap; send(), enter() and
// leave() by the owner.
#pragma once

#include "heap/counts.h"
#include "heap/depot.h"
#include "heap/large_cache.h"
#include "heap/magazine.h"
#include "heap/outbox.h"
#include "heap/range_cache.h"
#include "heap/range_list.h"
#include "heap/range_quarantine.h"
#include "heap/sampler.h"
#include "heap/slot.h"
#include "os/os.h"
#include "slab/slab.h"

namespace sn
{
// How often memory was short so far. Relaxed: a heap that hears of it later lets go later.
inline std::atomic<uint32_t> shortages{0};

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
  // Frees small objects of this heap that are in no magazine, of one class or of any.
  void give_back(unsigned size_class, void* const* objects, size_t count);
  void give_back(void* const* objects, size_t count);
  // Its two ways: as long as they are of one slab (returns the first that is not), and whatever slabs they are of.
  void* const* give_back_run(unsigned size_class, void* const* objects, void* const* end);
  void give_back_scattered(unsigned size_class, void* const* objects, void* const* end);
  // Frees what other threads sent. Where it goes: who has claimed the heap leaves its magazines alone.
  enum class To : uint8_t
  {
    slabs,
    magazines, // as far as there is room, for they are likely to be wanted next
  };
  void receive(void* const* objects, size_t count, To to = To::slabs);
  void drain_inbox(To to = To::slabs);

  // Opens a batch that has room for an object of that owner, posting others as need be. False: no memory for it.
  bool open_batch(uint32_t owner);
  void post_all();

  // Gives back to the slabs what the depot holds in vain.
  void shrink_depot();

  // Empties the magazines, the depot and the outbox, and gives back all that is free but current slabs of objects up to
  // `kept_bytes`.
  SN_COLD void retire(size_t kept_bytes = 0);
  // Gives back the ranges and batches that are kept for later.
  void release_spares();
  // Gives back all that a private heap has, free or not, but for its large objects. No slab is looked into, without
  // checks.
  SN_COLD void end_all();
  // Forgets what was sent to a private heap that has ended.
  static void discard(HeapSlot& slot);
  // Gives back what the fast paths of a living owner do not touch: what was sent to it, free current slabs, and all
  // that is kept for later but open batches.
  SN_COLD void release_from_outside();

  // With checks: gives a closed range back, later.
  void put_into_quarantine(Range* range) { range_quarantine.put(range); }
  // One that has waited, or null.
  Range* take_from_quarantine(uint32_t chunks) { return range_quarantine.take(chunks); }

  HeapSlot& own_slot() { return *slot; }
  // Whether it has no slabs.
  bool is_idle() const { return slab_count == 0; }
  // Whether nothing is in its magazines, its depot and its outbox, as retire() leaves it.
  bool is_retired() const;
  // In a child of fork: the owner is gone, and is in no slow path.
  SN_COLD void abandon();

  // A heap that was posted to and may not look into its inbox; null: no more. See registry::drain().
  HeapSlot* next_to_drain() { return to_drain_count == 0 ? nullptr : to_drain[--to_drain_count]; }

  // Others' heaps are to be looked at, outside of brackets: see registry::release_idle().
  bool looks_for_idle;

  // Counts slow paths; every so often it is time to let go of what is held back.
  bool is_tick() { return ++slow_paths % 64 == 0; }

  // The memory of the magazines' cells, which is zero when all are empty.
  void* cell_memory() { return cells; }

  // Bracket the slow paths. Each begins with freeing what others sent; and if memory was short since the last one, with
  // letting go of all that the heap holds back.
  void enter();
  SN_INLINE void leave() { bracket.leave(slot->claim); }
  // As enter(), where that has nothing to wait for and nothing to free. False: it has, and nothing was done.
  SN_INLINE bool enter_quickly();

  SN_COLD void require_invariants() const;
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

  // For figures, by any thread at any time: what is free in the magazine of a class and in the depot, and the bytes of
  // spare ranges.
  size_t cached_objects(unsigned size_class) const;
  size_t spare_range_bytes() const { return range_cache.bytes() + large_cache.bytes() + range_quarantine.bytes(); }

  HeapCounts counts;
  Outbox outbox;
  LargeCache large_cache;
  RangeList large_ranges; // of a private heap
  Sampler sampler;        // with profiles
  Bracket bracket;

private:
  static constexpr unsigned list_count = 4;
  static constexpr uint8_t full_list = list_count;
  static constexpr uint8_t no_list = 0xff;
  static constexpr uint16_t never_settle = 0xffff;

  void** bottom_of(unsigned stack) const { return limits[stack] - stack_depth(stack); }
  // Which list a slab with that many free objects belongs to: 0 holds the fullest.
  static uint8_t list_for(size_t free_count, size_t objects);
  static uint16_t end_of_list(uint8_t list, size_t objects);
  size_t put_into_depot(unsigned size_class, void* const* objects, size_t count);
  size_t take_from_depot(unsigned size_class, size_t wanted, void** to);
  void give_back_from_depot(unsigned size_class, size_t count);
  SN_COLD void empty_depot();
  void* refill_from_kept(unsigned size_class);
  void* refill_from_slabs(unsigned size_class, bool may_make);
  void give_back_one(Slab* slab, const SizeClass& sizes, void* object);
  void make_current(unsigned size_class, Slab* slab);
  bool will_fill_slab(unsigned size_class) const;
  Slab* next_slab(unsigned size_class, bool may_make);
  void settle(Slab* slab);
  void settle_current(unsigned size_class);
  // Those of the classes above so many bytes.
  void settle_currents(size_t kept_bytes);
  void link(Slab* slab, uint8_t list);
  void unlink(Slab* slab);
  void forget(const Slab* slab);
  void end(Slab* slab);
  void post(Outbox::Open& open);
  Batch* new_batch();
  void recycle(Batch* batch);
  void release_kept();

  HeapSlot* slot;
  bool is_private;
  uint32_t slow_paths;
  uint32_t known_shortages;
  Slab* current[class_count];
  Slab* lists[class_count][list_count + 1];
  size_t slab_count;
  Depot depot;
  RangeCache range_cache;
  RangeQuarantine range_quarantine;
  Batch* spare_batches;
  size_t spare_batch_count;
  HeapSlot* to_drain[Outbox::open_count + 1]; // open_batch() and post_all() in one slow path
  size_t to_drain_count;
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
