// Prints the sizes and numbers that documents may name, one to a line, as the core's settings have them.
#include "base/options.h"
#include "heap/heap.h"
#include "heap/slot.h"
#include "range/space.h"

#include <stdio.h>

using namespace sn;

namespace
{
constexpr size_t page_bytes = 4096;

void print(const char* name, size_t value)
{
  printf("%s %zu\n", name, value);
}

size_t pages(size_t bytes)
{
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

// The least and the most that slabs take by a rule, and all that a thread with one of each class is charged with.
void print_slabs(const char* name, SlabRule rule)
{
  SizeClasses classes = make_size_classes(1, rule);
  size_t least = SIZE_MAX, most = 0, all = 0;
  for (unsigned size_class = 0; size_class < zero_class; size_class++)
  {
    size_t bytes = classes.of[size_class].slab_bytes();
    least = bytes < least ? bytes : least;
    most = bytes > most ? bytes : most;
    all += bytes;
  }
  printf("%s_least_bytes %zu\n%s_most_bytes %zu\n%s_all_bytes %zu\n", name, least, name, most, name, all);
}

void print_magazines()
{
  size_t bytes = 0;
  for (unsigned size_class = 0; size_class < zero_class; size_class++)
    bytes += magazine_depth(size_class) * class_bytes(size_class);
  print("magazines_all_bytes", bytes);
}
} // namespace

#define PRINT_SETTING(name) print(#name, size_t(config::name))

int main()
{
  PRINT_SETTING(chunk_bytes);
  PRINT_SETTING(small_max_bytes);
  PRINT_SETTING(small_slabs_below_bytes);
  PRINT_SETTING(magazine_max_objects);
  PRINT_SETTING(magazine_min_objects);
  PRINT_SETTING(magazine_bytes);
  PRINT_SETTING(cut_left_objects);
  PRINT_SETTING(cut_left_bytes);
  PRINT_SETTING(parked_slab_bytes);
  PRINT_SETTING(depot_max_bytes);
  PRINT_SETTING(outbox_bytes);
  PRINT_SETTING(max_unread_batches);
  PRINT_SETTING(range_cache_bytes);
  PRINT_SETTING(large_cache_max_bytes);
  PRINT_SETTING(blocks_from_bytes);
  PRINT_SETTING(block_bytes);
  PRINT_SETTING(growth_pause_min_ms);
  PRINT_SETTING(purge_learned_max_bytes);
  PRINT_SETTING(purge_slice_bytes);
  PRINT_SETTING(purge_live_share);
  PRINT_SETTING(profile_leg_bytes);
  PRINT_SETTING(reservation_min_bytes);
  PRINT_SETTING(zeroed_small_max_bytes);
  PRINT_SETTING(purge_to_clear_bytes);
  PRINT_SETTING(move_pages_bytes);
  PRINT_SETTING(judged_piece_bytes);
  PRINT_SETTING(least_hole_bytes);
  PRINT_SETTING(guarded_bytes);
  PRINT_SETTING(window_bytes);
  print("mixed_bytes", size_t(config::mixed_chunks) * config::chunk_bytes);
  print("unread_bytes", config::max_unread_batches * config::outbox_bytes);

  print("purge_delay_ms", default_options.purge_delay_ms);
  print("resident_budget_bytes", default_options.resident_budget_bytes);
  print("memory_limit_bytes", default_options.memory_limit_bytes);
  print("huge_pages", size_t(default_options.huge_pages));
  print("idle_purge", size_t(default_options.idle_purge));

  print("class_count", class_count);
  print("usual_slab_bytes", usual_slabs.min_chunks * config::chunk_bytes);
  print_slabs("slab", usual_slabs);
  print_slabs("small_slab", small_slabs);
  print_magazines();
  print("heap_bytes", pages(sizeof(Heap)));
  print("heap_exact_bytes", sizeof(Heap));
  // What a region of a few MiB takes for itself, besides a 64th.
  size_t fixed_bytes = pages(page_map::bytes_for(config::MiB)) + pages(registry::slots_per_segment * sizeof(HeapSlot));
  print("region_bytes", fixed_bytes + pages(sizeof(Heap)) + page_bytes);
  print("parked_bytes", default_options.resident_budget_bytes / config::parked_share);
  print("slot_bytes", sizeof(HeapSlot));
  print("range_bytes", sizeof(Range));
  print("granule_bytes", arena::granule_bytes);
  print("open_batches", Outbox::least_places);
  print("most_places", Outbox::most_places);
  print("room_1_bytes", size_t(Outbox::rooms[1].bytes));
  print("room_2_bytes", size_t(Outbox::rooms[2].bytes));
  print("room_3_bytes", size_t(Outbox::rooms[3].bytes));
  print("room_4_bytes", size_t(Outbox::rooms[4].bytes));
  print("held_bytes", Outbox::held_max_bytes());
  print("held_few_bytes", 2 * Outbox::least_places * config::outbox_bytes);
  print("batch_bytes", sizeof(Batch));
  print("least_batch_bytes", Batch::granules(Batch::sizes - 1) * arena::granule_bytes);
  print("batch_objects", Batch::capacity);
  print("leaf_bytes", page_map::leaf_entries * sizeof(Entry));
  print("slots_bytes", registry::slots_per_segment * sizeof(HeapSlot));
  print("largest_bytes", space::max_bytes);
}
