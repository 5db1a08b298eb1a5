// The invariants that headers of the core state, looked at one by one with the locks held: so other threads may be in
// the allocator meanwhile.
#pragma once

#include "hole.h"

// range/space.h
inline void expect_sound_space()
{
  using namespace sn;
  Hold hold(space::lock);
  size_t dirty_found = 0;
  size_t used_found = 0;
  for (const Reservation* piece = space::reservations.first(); piece != nullptr; piece = piece->next)
  {
    const Range* before = nullptr;
    for (uintptr_t address = piece->base; address < piece->end();)
    {
      const Range* range = range_at(address);
      EXPECT(range != nullptr && range->base == address && range->end() <= piece->end());
      EXPECT(range_at(range->end() - 1) == range);
      EXPECT(range->starts_reservation == (before == nullptr));
      EXPECT(range->ends_reservation == (range->end() == piece->end()));
      bool is_joined = before == nullptr || range->state == RangeState::used || before->state != range->state;
      EXPECT(is_joined || before->moved || range->moved);
      (range->state == RangeState::used ? used_found : dirty_found) +=
        range->state == RangeState::clean ? 0 : range->bytes();
      before = range;
      address = range->end();
    }
  }
  EXPECT_EQUAL(dirty_found, space::free_ranges.dirty_bytes());
  EXPECT_EQUAL(used_found, space::used_bytes + space::purging_bytes);
}

// slab/slab.h, and with checks slab/label.h
inline void expect_sound_slab(const sn::Slab* slab)
{
  using namespace sn;
  size_t free_count = 0;
  for (unsigned word = 0; word < slab->size_class().words(); word++)
  {
    for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
      free_count++;
    EXPECT((slab->words[word] != 0) == ((slab->filled >> word & 1) != 0));
  }
  EXPECT_EQUAL(free_count + count_in_holes(slab), slab->free_count);
  for (unsigned number = 0; config::checks && number < slab->size_class().slab_objects; number++)
    if (slab->is_free(number))
    {
      Facts facts = slab->label(number).facts();
      EXPECT(facts.state() != ObjectState::live && !facts.is_sent());
    }
}

// heap/slabs.h
inline void expect_sound_slabs(const sn::Slabs& slabs)
{
  using namespace sn;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    for (unsigned list = 0; list < Slabs::all_lists; list++)
      for (const Range* range = slabs.lists[size_class][list].first(); range != nullptr; range = range->next)
      {
        auto* slab = static_cast<const Slab*>(range);
        size_t objects = slab->size_class().slab_objects;
        expect_sound_slab(slab);
        EXPECT(slab->list == list);
        if (list == Slabs::full_list)
          continue;
        EXPECT(slab->free_count > 0 && slab->free_count < objects);
        unsigned fullness = Slabs::list_for(slab->free_count, objects);
        bool is_hollow = slab->filled == 0;
        EXPECT(is_hollow == (list == Slabs::hollow_list));
        EXPECT(is_hollow || fullness == list % Slabs::list_count);
        EXPECT(slab->class_index == size_class && page_map::find_tag(slab->base) == with_kind(slabs.tag, size_class));
      }
}

// Of all parked heaps and of `own`.
inline void expect_sound_heaps(sn::Heap* own)
{
  sn::registry::Turn turn;
  sn::registry::for_each_heap_at_rest(own, [](const sn::Heap& heap) { expect_sound_slabs(heap.slabs); });
}
