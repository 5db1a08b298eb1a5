// Goes over everything that the allocator holds and checks that each piece is known by all that should know it, once,
// and that every sum agrees. Stricter than invariants.h, for it asks the page map, the free ranges and the
// heaps about one another. Include after snmalloc.cc; no other thread may be in the allocator.
#pragma once

#include "invariants.h"

#include <map>
#include <set>

class Audit
{
public:
  struct Found
  {
    size_t small_objects = 0; // live ones: in no slab, magazine or batch
    size_t large_objects = 0;
    size_t used_bytes = 0;
  };

  // `ranges_of_test`: ranges in use that a test took from the space itself.
  static Found take(size_t ranges_of_test = 0)
  {
    Audit audit;
    audit.see_free_ranges();
    audit.see_reservations();
    audit.see_heaps();
    audit.compare(ranges_of_test);
    return audit.found;
  }

private:
  using Range = sn::Range;
  using Slab = sn::Slab;

  // Objects of no bytes are in no figure.
  static size_t told_bytes(unsigned size_class)
  {
    return size_class == sn::zero_class ? 0 : sn::class_bytes(size_class);
  }

  static sn::Tag tag_at(uintptr_t address) { return sn::page_map::find_tag(address); }

  void see_free_ranges()
  {
    sn::FreeRanges& free_ranges = sn::space::free_ranges;
    for (sn::RangeState state : {sn::RangeState::dirty, sn::RangeState::spare})
      see_bins(free_ranges.bins[unsigned(state)], state, dirty);
    see_bins(free_ranges.bins[unsigned(sn::RangeState::clean)], sn::RangeState::clean, clean);
    size_t aged = 0;
    const sn::DirtyRange* older = nullptr;
    for (const sn::DirtyRange* range = free_ranges.by_age.first; range != nullptr; range = range->newer)
    {
      EXPECT(range->older == older && dirty.count(range) == 1);
      // Threads read the clock before they take the lock, so neighbours may be a little out of order.
      EXPECT(older == nullptr || older->freed_ms <= range->freed_ms + 1000);
      older = range;
      aged++;
    }
    EXPECT(free_ranges.by_age.last == older);
    EXPECT_EQUAL(aged, dirty.size());
  }

  void see_cached(void* object, const sn::Heap& heap, unsigned size_class)
  {
    see_held(object, sn::with_kind(heap.tag, size_class));
    stats.classes[size_class].cached_objects++;
    stats.classes[size_class].live_objects--;
    stats.live_bytes -= told_bytes(size_class);
    stats.cached_bytes += told_bytes(size_class);
  }

  // On its way home. Exact figures count it as freed by who sent it; that of a private heap when it arrives.
  void see_sent(void* object, const sn::HeapSlot& owner)
  {
    see_held(object, owner.tag);
    if (!sn::config::counts_operations || owner.is_private)
      return;
    unsigned size_class = sn::kind_of(tag_at(uintptr_t(object)));
    stats.classes[size_class].live_objects--;
    stats.live_bytes -= told_bytes(size_class);
  }

  void see_depot(const sn::Heap& heap)
  {
    size_t bytes = 0;
    for (unsigned size_class = 0; size_class < sn::class_count; size_class++)
    {
      size_t objects = 0;
      const sn::Batch* newest = heap.depot.newest[size_class];
      for (const sn::Batch* batch = newest; batch != nullptr; batch = batch->next)
      {
        EXPECT(batch->count > 0 && (batch == newest || batch->count == sn::Batch::capacity));
        for (size_t number = 0; number < batch->count; number++)
          see_cached(batch->objects[number], heap, size_class);
        objects += batch->count;
      }
      EXPECT_EQUAL(heap.depot.objects[size_class].get(), objects);
      EXPECT(heap.depot.least[size_class] <= objects);
      bytes += objects * sn::class_bytes(size_class);
    }
    EXPECT_EQUAL(heap.depot.bytes, bytes);
    EXPECT(bytes <= sn::config::depot_max_bytes);
  }

  void see_large_cache(const sn::LargeCache& cache)
  {
    size_t bytes = 0;
    for (unsigned index = 0; index < sn::LargeCache::shelf_count; index++)
    {
      uint32_t count = 0;
      for (const Range* range = cache.shelves[index].newest; range != nullptr; range = range->next, count++)
      {
        EXPECT(
          sn::RangeClass(range->chunks).index() == index && sn::RangeClass(range->chunks).chunks() == range->chunks);
        EXPECT(!range->zero && !range->fresh && is_unused(tag_at(range->base)));
        EXPECT_EQUAL(cached.erase(range), 1);
        bytes += range->bytes();
      }
      EXPECT_EQUAL(cache.shelves[index].count, count);
      EXPECT(cache.shelves[index].least <= count);
    }
    EXPECT_EQUAL(cache.bytes(), bytes);
    EXPECT(bytes <= cache.limit_bytes.get());
    spare_bytes += bytes;
    leased_bytes += cache.limit_bytes.get();
    kept_bytes += cache.told_bytes;
  }

  static void see_bins(const sn::Bins& bins, sn::RangeState state, std::set<const Range*>& seen)
  {
    for (unsigned bin = 0; bin < sn::Bins::bin_count; bin++)
    {
      EXPECT((bins.lists[bin].first() != nullptr) == ((bins.filled[bin / 64] >> (bin % 64) & 1) != 0));
      const Range* previous = bins.lists[bin].last();
      for (const Range* range = bins.lists[bin].first(); range != nullptr; range = range->next)
      {
        EXPECT(range->previous == previous && range->state == state);
        EXPECT_EQUAL(sn::Bins::bin_of(range->chunks), bin);
        EXPECT(seen.insert(range).second);
        previous = range;
      }
    }
  }

  void see_reservations()
  {
    for (auto* piece = sn::space::reservations.first(); piece != nullptr; piece = piece->next)
    {
      reserved_bytes += piece->bytes;
      EXPECT(pieces.emplace(piece->base, piece->end()).second);
      const Range* before = nullptr;
      for (uintptr_t address = piece->base; address < piece->base + piece->bytes;)
      {
        const Range* range = sn::range_at(address);
        EXPECT(range != nullptr && range->base == address);
        EXPECT(range->chunks > 0 && range->end() <= piece->base + piece->bytes);
        EXPECT(sn::range_at(range->end() - 1) == range);
        EXPECT(range->starts_reservation == (before == nullptr));
        EXPECT(before == nullptr || !before->ends_reservation);
        see_range(range);
        before = range;
        address = range->end();
      }
      EXPECT(before->ends_reservation);
    }
    uintptr_t end = 0;
    for (auto [base, piece_end] : pieces)
    {
      EXPECT(end <= base);
      end = piece_end;
    }
  }

  void see_range(const Range* range)
  {
    EXPECT(
      sn::config::chunk_bytes >= sn::os::page_bytes() || (range->base | range->bytes()) % sn::os::page_bytes() == 0);
    if (range->state != sn::RangeState::used)
    {
      EXPECT(chunks_unused(range));
      EXPECT_EQUAL((range->state == sn::RangeState::clean ? clean : dirty).erase(range), 1);
      (range->state == sn::RangeState::clean ? clean_bytes : dirty_bytes) += range->bytes();
      return;
    }
    found.used_bytes += range->bytes();
    sn::Tag tag = tag_at(range->base);
    if (tag == sn::large_tag)
    {
      EXPECT(rest_tagged(range, sn::config::checks ? sn::large_tag : sn::no_tag));
      found.large_objects++;
      stats.large_live_bytes += range->bytes();
      if (uint32_t owner = static_cast<const sn::LargeObject*>(range)->owner)
        owned[range] = owner;
    }
    else if (is_unused(tag))
    {
      EXPECT(chunks_unused(range));
      EXPECT(cached.insert(range).second);
    }
    else
      see_slab(static_cast<const Slab*>(range), tag);
  }

  static bool is_unused(sn::Tag tag) { return tag == sn::no_tag || tag == sn::free_tag; }

  static bool chunks_unused(const Range* range)
  {
    for (uintptr_t at = range->base; at < range->end(); at += sn::config::chunk_bytes)
      if (!is_unused(tag_at(at)))
        return false;
    return true;
  }

  static bool rest_tagged(const Range* range, sn::Tag tag)
  {
    for (uintptr_t at = range->base + sn::config::chunk_bytes; at < range->end(); at += sn::config::chunk_bytes)
      if (tag_at(at) != tag)
        return false;
    return true;
  }

  static bool chunks_tagged(const Range* range, sn::Tag tag)
  {
    return tag_at(range->base) == tag && rest_tagged(range, tag);
  }

  void see_slab(const Slab* slab, sn::Tag tag)
  {
    EXPECT(chunks_tagged(slab, tag));
    for (uintptr_t at = slab->base; at < slab->end(); at += sn::config::chunk_bytes)
      EXPECT(sn::range_at(at) == slab);
    EXPECT_EQUAL(sn::kind_of(tag), slab->class_index);
    const sn::SizeClass& sizes = slab->size_class();
    EXPECT_EQUAL(slab->chunks, sn::chunks_with_guard(sizes.slab_chunks));
    EXPECT(slab->base % (sn::slab_align_chunks(sizes.slab_chunks) * sn::config::chunk_bytes) == 0);
    size_t free_count = 0;
    for (unsigned word = 0; word < sizes.words(); word++)
    {
      unsigned objects = sizes.slab_objects - word * 64;
      EXPECT((slab->words[word] & ~sn::low_bits(objects)) == 0);
      EXPECT((slab->words[word] != 0) == ((slab->filled >> word & 1) != 0));
      free_count += size_t(__builtin_popcountll(slab->words[word]));
    }
    EXPECT((slab->filled & ~sn::low_bits(sizes.words())) == 0);
    free_count += count_in_holes(slab);
    EXPECT_EQUAL(free_count, slab->free_count);
    found.small_objects += sizes.slab_objects - free_count;
    stats.classes[slab->class_index].slabs++;
    stats.classes[slab->class_index].free_objects += free_count;
    stats.classes[slab->class_index].live_objects += sizes.slab_objects - free_count;
    stats.live_bytes += (sizes.slab_objects - free_count) * told_bytes(slab->class_index);
    stats.slab_free_bytes += free_count * told_bytes(slab->class_index);
    stats.hole_bytes += size_t(__builtin_popcountll(slab->out_pages())) * sn::os::page_bytes();
    EXPECT(slabs.insert(slab).second);
  }

  void see_heaps()
  {
    sn::registry::for_each_slot([this](sn::HeapSlot& slot) {
      bool is_parked = slot.parked.load();
      bool is_addressed = slot.is_private && slot.batches.load() != 0;
      EXPECT_EQUAL(times_listed(sn::registry::parked, slot), is_parked && !slot.is_private);
      EXPECT_EQUAL(times_listed(sn::registry::ended_private, slot), is_parked && slot.is_private && !is_addressed);
      EXPECT(!slot.is_being_purged);
      EXPECT(slot.is_ended == (is_parked && slot.is_private));
      unseen_batches[&slot] += slot.is_private ? slot.batches.load() : 0;
      EXPECT(!is_parked || slot.inbox.is_empty());
      EXPECT(!slot.claim.is_made());
      EXPECT(!slot.started || !slot.heap->bracket.is_busy());
      purged_bytes += slot.purged_bytes;
      EXPECT(is_parked || slot.purged_bytes == 0);
      for (sn::Batch* batch = slot.inbox.newest.load(); batch != nullptr; batch = batch->next, unseen_batches[&slot]--)
        for (size_t number = 0; number < batch->count; number++)
          see_sent(batch->objects[number], slot);
      if (slot.started)
        see_heap(*slot.heap);
    });
    for (auto [slot, batches] : unseen_batches)
      EXPECT(!slot->is_private || batches == 0);
    for (auto [large, owner] : owned)
    {
      size_t times = 0;
      for (Range* range = sn::registry::slot_of(owner).heap->large_ranges.any(); range != nullptr; range = range->next)
        times += range == large;
      EXPECT_EQUAL(times, 1);
    }
  }

  static size_t times_listed(const sn::registry::ParkedHeaps& heaps, const sn::HeapSlot& slot)
  {
    size_t times = 0;
    size_t warm_count = 0;
    for (unsigned node = 0; node < sn::config::nodes; node++)
    {
      for (const sn::HeapSlot* listed = heaps.warm[node]; listed != nullptr; listed = listed->next_parked, warm_count++)
      {
        EXPECT(warm_count < heaps.warm_count); // and it does not go round
        times += listed == &slot && slot.purged_bytes == 0 && slot.node == node;
      }
      for (const sn::HeapSlot* listed = heaps.cold[node]; listed != nullptr; listed = listed->next_parked)
        times += listed == &slot && slot.purged_bytes != 0 && slot.node == node;
    }
    EXPECT_EQUAL(warm_count, heaps.warm_count);
    return times;
  }

  void see_heap(sn::Heap& heap)
  {
    size_t own_slabs = 0;
    size_t full_slabs = 0;
    for (const Slab* slab : slabs)
    {
      if (sn::kind_if_owned(tag_at(slab->base), heap.tag) >= sn::class_count)
        continue;
      own_slabs++;
      bool is_current = heap.slabs.current[slab->class_index] == slab;
      bool is_in_list = slab->list != sn::Slabs::no_list;
      EXPECT(is_current ? !is_in_list : is_in_list == (slab->free_count > 0 || heap.is_private));
      EXPECT((slab->list == sn::Slabs::full_list) == (!is_current && slab->free_count == 0 && heap.is_private));
      full_slabs += slab->list == sn::Slabs::full_list;
      EXPECT(is_current || slab->free_count < slab->size_class().slab_objects);
    }
    EXPECT_EQUAL(own_slabs, heap.slabs.count());
    for (unsigned size_class = 0; size_class < sn::class_count; size_class++)
    {
      see_lists(heap, size_class);
      for (const Range* slab = heap.slabs.lists[size_class][sn::Slabs::full_list].first(); slab != nullptr;
           slab = slab->next)
        full_slabs--;
    }
    EXPECT_EQUAL(full_slabs, 0);
    bool is_purged = heap.own_slot().purged_bytes != 0; // then the cells may be no memory at all
    for (unsigned stack = 0; stack < sn::stack_count; stack++)
    {
      void** bottom = heap.bottom_of(stack);
      EXPECT(is_purged ? heap.tops[stack] == bottom : *bottom == nullptr);
      EXPECT(heap.tops[stack] <= heap.limits[stack]);
      unsigned size_class = sn::class_of_stack(stack);
      for (void** cell = bottom + 1; cell <= heap.tops[stack]; cell++)
        see_cached(*cell, heap, size_class);
    }
    see_depot(heap);
    uint32_t open_count = 0;
    for (uint32_t place = 0; place <= heap.outbox.last_place; place++)
    {
      const sn::Outbox::Open& open = heap.outbox.table[place];
      EXPECT(open.batch == nullptr || !heap.is_private);
      EXPECT((open.batch == nullptr) == (open.capacity == 0) && open.count.load() <= open.capacity);
      if (open.batch == nullptr)
        continue;
      EXPECT(&heap.outbox.open_for(open.owner) == &open && open.capacity == sn::Batch::capacity_of(open.batch->size));
      open_count++;
      unseen_batches[&sn::registry::slot_of(open.owner)]--;
      if (sn::registry::slot_of(open.owner).is_ended)
        continue;
      EXPECT(open.batch->sent <= open.count.load());
      for (uint32_t number = open.batch->sent; number < open.count.load(); number++)
        see_sent(open.batch->objects[number], sn::registry::slot_of(open.owner));
    }
    EXPECT_EQUAL(open_count, heap.outbox.open_count);
    size_t bytes = 0;
    for (const Range* list : heap.slabs.range_cache.lists)
      for (const Range* range = list; range != nullptr; range = range->next)
      {
        bytes += range->bytes();
        EXPECT_EQUAL(cached.erase(range), 1);
      }
    EXPECT_EQUAL(bytes, heap.slabs.range_cache.bytes());
    see_large_cache(heap.large_cache);
    for (const Range* range : heap.range_quarantine.waiting)
      if (range != nullptr)
      {
        bytes += range->bytes();
        EXPECT_EQUAL(cached.erase(range), 1);
      }
    spare_bytes += bytes;
  }

  void see_lists(sn::Heap& heap, unsigned size_class)
  {
    for (unsigned list = 0; list < sn::Slabs::all_lists; list++)
    {
      if (list == sn::Slabs::full_list)
        continue;
      const Range* previous = heap.slabs.lists[size_class][list].last();
      for (const Range* range = heap.slabs.lists[size_class][list].first(); range != nullptr; range = range->next)
      {
        auto* slab = static_cast<const Slab*>(range);
        EXPECT(range->previous == previous && slab->list == list && slab->class_index == size_class);
        unsigned fullness = sn::Slabs::list_for(slab->free_count, slab->size_class().slab_objects);
        bool is_hollow = slab->filled == 0;
        EXPECT(is_hollow == (list == sn::Slabs::hollow_list));
        EXPECT(is_hollow || fullness == list % sn::Slabs::list_count);
        EXPECT(slab->free_count > 0 && slab->free_count < slab->size_class().slab_objects);
        EXPECT(sn::kind_if_owned(tag_at(slab->base), heap.tag) == size_class);
        previous = range;
      }
    }
  }

  // An object that is free, but held in a magazine or a batch: allocated in its slab, and in no other place.
  void see_held(void* object, sn::Tag owner)
  {
    EXPECT(object != nullptr && sn::owner_of(tag_at(uintptr_t(object))) == sn::owner_of(owner));
    EXPECT(sn::kind_of(owner) == 0 || tag_at(uintptr_t(object)) == owner);
    const Slab* slab = sn::slab_of(uintptr_t(object));
    unsigned number = slab->size_class().object_at(uintptr_t(object) - slab->base);
    EXPECT(slab->base + number * size_t(slab->size_class().bytes) == uintptr_t(object));
    EXPECT((slab->words[number / 64] >> (number % 64) & 1) == 0 && !is_in_hole(slab, number));
    EXPECT(held.insert(object).second);
    found.small_objects--;
  }

  void compare(size_t ranges_of_test)
  {
    EXPECT(dirty.empty() && clean.empty());
    EXPECT_EQUAL(cached.size(), ranges_of_test); // a range that holds nothing and that no heap keeps is lost
    sn::space::Figures figures = sn::space::figures();
    EXPECT_EQUAL(found.used_bytes, figures.used_bytes);
    EXPECT_EQUAL(dirty_bytes, figures.dirty_bytes);
    EXPECT_EQUAL(reserved_bytes, figures.reserved_bytes);
    EXPECT_EQUAL(leased_bytes, sn::space::leased_bytes);
    EXPECT_EQUAL(kept_bytes, sn::space::kept_bytes);
    size_t slots = sn::registry::counts().heaps;
    size_t metadata = sn::page_map::bytes_for(reserved_bytes) + slots * sizeof(sn::HeapSlot) - purged_bytes;
    if (sn::arena::segment_count == 1)
      EXPECT_EQUAL(
        sn::usage::held_bytes.load(),
        found.used_bytes + dirty_bytes + metadata + sn::arena::counted + (sn::arena::segment_bytes - sn::arena::high));
    EXPECT(sn::usage::peak_bytes.load() >= sn::usage::held_bytes.load());
    compare_stats(ranges_of_test, metadata + sn::arena::counted + (sn::arena::segment_bytes - sn::arena::high));
  }

  // The figures that callers get are those that were found by counting.
  void compare_stats(size_t ranges_of_test, size_t metadata)
  {
    sn_stats told;
    sn_read_stats(&told);
    for (unsigned size_class = 0; size_class < sn::class_count; size_class++)
    {
      const sn_class_stats& counted = stats.classes[size_class];
      const sn_class_stats& of_class = told.classes[size_class];
      EXPECT_EQUAL(of_class.object_bytes, told_bytes(size_class));
      EXPECT_EQUAL(of_class.slabs, counted.slabs);
      EXPECT_EQUAL(of_class.free_objects, counted.free_objects);
      EXPECT_EQUAL(of_class.cached_objects, counted.cached_objects);
      EXPECT_EQUAL(of_class.live_objects, counted.live_objects);
    }
    EXPECT_EQUAL(told.cached_bytes, stats.cached_bytes);
    EXPECT_EQUAL(told.slab_free_bytes, stats.slab_free_bytes);
    EXPECT_EQUAL(told.hole_bytes, stats.hole_bytes);
    EXPECT_EQUAL(told.large_live_bytes, stats.large_live_bytes);
    EXPECT_EQUAL(told.large_allocations - told.large_frees, found.large_objects);
    EXPECT_EQUAL(told.live_bytes, stats.live_bytes + stats.large_live_bytes);
    EXPECT_EQUAL(told.free_bytes, dirty_bytes + spare_bytes);
    EXPECT_EQUAL(told.reserved_bytes, reserved_bytes);
    if (ranges_of_test == 0)
      EXPECT_EQUAL(told.purged_bytes, clean_bytes);
    if (sn::arena::segment_count == 1)
      EXPECT_EQUAL(told.metadata_bytes, metadata);
    EXPECT_EQUAL(told.heaps_active + told.heaps_parked, sn::registry::counts().heaps);
  }

  Found found;
  std::set<const Range*> dirty, clean, cached;
  std::map<uintptr_t, uintptr_t> pieces; // of address space, from where to where
  std::set<const Slab*> slabs;
  std::set<void*> held;
  std::map<sn::HeapSlot*, int64_t> unseen_batches; // for private heaps
  std::map<const Range*, uint32_t> owned;          // large objects of private heaps
  size_t dirty_bytes = 0, clean_bytes = 0, reserved_bytes = 0, purged_bytes = 0, spare_bytes = 0, leased_bytes = 0,
         kept_bytes = 0;
  sn_stats stats{}; // as counted here
};

// All checks there are.
inline Audit::Found check_everything(size_t ranges_of_test = 0)
{
  expect_sound_space();
  expect_sound_heaps(sn::own_heap());
  return Audit::take(ranges_of_test);
}

// As a thread parks its heap that took much: it keeps no slabs for the next one.
inline void park_cold(sn::Heap* heap)
{
  heap->taken_bytes = sn::config::parked_slab_bytes + 1;
  sn::registry::park(heap);
}

// Whether the next thread gets a heap that there is.
inline bool is_any_parked()
{
  using namespace sn::registry;
  return find_list(parked.warm, 0) != nullptr || find_list(parked.cold, 0) != nullptr;
}

// Ends the calling thread's use of its heap, and has every heap give back what it keeps for later.
inline void retire_all_heaps()
{
  sn::on_thread_exit();
  std::set<sn::Heap*> heaps;
  while (is_any_parked())
    heaps.insert(sn::registry::adopt());
  for (sn::Heap* heap : heaps)
  {
    {
      sn::SlowPath slow(*heap);
      heap->retire();
    }
    sn::registry::park(heap);
  }
}
