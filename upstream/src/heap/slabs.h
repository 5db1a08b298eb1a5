// The slabs of one heap, and the ranges for its next ones.
//
//    range cache ──make──► current ──no object is free──► in no list ──one is freed──► a list of its class
//        ▲                    ▲                                                           │         │
//        │                    └───────────────────── fullest first ───────────────────────┘         │
//        └────────────────────────────── the last object is freed: end ─────────────────────────────┘
//
// 1. Every slab of the heap is the current one of its class, or in one of its class's lists, or full and in none; but a
//    full one of a private heap, which ends with objects in use, is in a list of its own.
// 2. A slab in a list has free objects and live ones. The lists of a class are ordered by how full their slabs are, and
//    the fuller are used first, so that the others drain.
// 3. A slab whose objects are all free is ended by whoever frees the last one, at once, unless it is the current one.
//    Its range goes to the cache, and all of that back to the address space once it passes its limit.
// 4. A slab in a list may have been looked through for holes (slab/holes.h) since something in it was freed. Then it is
//    in another list of those that are as full; or, if all that is free in it lies in holes, in the list that is used
//    last before a new slab is made.
//
// Zero at first. Owner thread, in a slow path; or who has claimed the heap.
#pragma once

#include "heap/counts.h"
#include "heap/range_cache.h"
#include "range/range_list.h"
#include "slab/slab.h"

namespace sn
{
class Slabs
{
public:
  void start(Tag owner_tag, bool is_for_private);

  // Takes up to `wanted` free objects of a class, into the cells from `cell` downwards. A new slab is made only for the
  // first of them, and only if it `may_make` one. Returns how many; 0: the system refuses memory.
  SN_INLINE size_t take(unsigned size_class, size_t wanted, void** cell, bool may_make, Dice& dice);

  // Frees objects of these slabs that are in no magazine, of one class or of any.
  void give_back(unsigned size_class, void* const* objects, size_t count);
  void give_back(void* const* objects, size_t count);

  // Ends free current slabs of objects of more than `kept_bytes`; these classes have none afterwards.
  void settle_currents(size_t kept_bytes);
  // Makes holes in slabs that changed since they were looked through, as long as a slice lasts: the emptiest first, and
  // of these what changed first. True: there are more.
  enum class Which : uint8_t
  {
    all,
    that_pay, // for a huge page that they may break: see heap/slab_holes.cc
    old,      // of these, slabs of which more than half is free, and was when the last turn began
  };
  SN_COLD bool make_holes(Which which);
  void begin_turn() { turn++; }

  // Ends all slabs of a private heap, free or not, that are in a list. Without checks none is looked into.
  void end_all();
  // Gives back the ranges that are kept for later.
  void release_spares() { range_cache.release(); }

  size_t count() const { return slab_count; }
  size_t used_objects(unsigned size_class) const;

  // With checks: ends the process if a free object was written to.
  void verify_free_objects() const;

  // For figures, by any thread at any time.
  const SlabCounts& figures() const { return counts; }
  size_t spare_range_bytes() const { return range_cache.bytes(); }

private:
  static constexpr unsigned list_count = 4;
  // As full as in list 0, and looked through: holes do not pay, or all are made. See invariant 4.
  static constexpr uint8_t first_kept_list = list_count;
  static constexpr uint8_t first_seen_list = config::makes_holes ? 2 * list_count : list_count;
  static constexpr uint8_t full_list = config::makes_holes ? 3 * list_count : list_count;
  static constexpr uint8_t hollow_list = config::makes_holes ? full_list + 1 : full_list; // or none
  static constexpr uint8_t all_lists = hollow_list + 1;
  static constexpr uint8_t no_list = 0xff;
  static constexpr uint16_t never_settle = 0xffff;

  // Which list a slab with that many free objects belongs to: 0 holds the fullest.
  static uint8_t list_for(size_t free_count, size_t objects);
  static uint16_t end_of_list(uint8_t list, size_t objects);
  Slab* first_of(unsigned size_class, unsigned list) const
  {
    return static_cast<Slab*>(lists[size_class][list].first());
  }

  // The two ways to give back: as long as objects are of one slab (returns the first that is not), and whatever slabs
  // they are of.
  void* const* give_back_run(unsigned size_class, void* const* objects, void* const* end);
  void give_back_scattered(unsigned size_class, void* const* objects, void* const* end);
  void give_back_one(Slab* slab, const SizeClass& sizes, void* object);

  bool will_fill(unsigned size_class) const;
  // Makes sure that the current slab, which it returns, has an object that can be taken. Null: there is none.
  SN_NOINLINE Slab* next(unsigned size_class, bool may_make);
  Slab* take_listed(unsigned size_class);
  bool is_to_see(const Slab* slab, Which which) const;
  Slab* first_to_see(unsigned size_class, Which which) const;
  template<typename Visit>
  void for_each_in_block(uintptr_t address, Visit visit);
  bool pays_in_block(uintptr_t address, size_t& cost);
  void make_holes_in(Slab* slab, size_t& cost);
  Slab* make(unsigned size_class);
  void make_current(unsigned size_class, Slab* slab);
  void settle(Slab* slab);
  void settle_current(unsigned size_class);
  void link(Slab* slab, uint8_t list);
  void place(Slab* slab, uint8_t list);
  void unlink(Slab* slab);
  void forget(const Slab* slab);

  Tag tag;         // of kind 0
  bool is_private; // a private heap's
  uint8_t turn;    // wraps round
  size_t slab_count;
  Slab* current[class_count];
  RangeList lists[class_count][all_lists];
  SlabCounts counts;
  RangeCache range_cache;
};

SN_INLINE size_t Slabs::take(unsigned size_class, size_t wanted, void** cell, bool may_make, Dice& dice)
{
  size_t taken = 0;
  while (taken < wanted)
  {
    Slab* slab = current[size_class];
    if (slab == nullptr || slab->filled == 0)
    {
      slab = next(size_class, may_make && taken == 0);
      if (slab == nullptr)
        break;
    }
    size_t left = wanted - taken;
    taken += config::checks ? slab->take_some(left, cell - taken, dice) : slab->take(left, cell - taken);
  }
  if (taken != 0)
    counts.free_objects[size_class].subtract(taken);
  return taken;
}
} // namespace sn
