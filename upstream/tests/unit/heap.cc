// Magazines and the slow paths of one heap: order of hand-out, flushing, lists of slabs, and their end.
#include "core.h"

#include <vector>

using namespace sn;

namespace
{
void check_magazine()
{
  static_assert(magazine_depth(0) == config::magazine_max_objects);
  static_assert(magazine_depth(zero_class - 1) == config::magazine_min_objects);
  void* none = nullptr;
  Magazines nobodys(&none);
  EXPECT(!nobodys.belong_to_heap());
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    EXPECT(nobodys.pop(size_class) == nullptr);
    EXPECT(!nobodys.push(size_class, &none));
  }
  void* cells[4] = {};
  nobodys.tops[3] = cells;
  nobodys.limits[3] = cells + 3;
  int objects[3];
  for (int& object : objects)
    EXPECT(nobodys.push(3, &object));
  EXPECT(!nobodys.push(3, &none));
  for (int number = 2; number >= 0; number--)
    EXPECT(nobodys.pop(3) == &objects[number]);
  EXPECT(nobodys.pop(3) == nullptr && nobodys.pop(3) == nullptr);
}

void* allocate_from(Heap& heap, unsigned size_class)
{
  void* object = heap.pop(size_class);
  if (object != nullptr)
    return object;
  SlowPath slow(heap);
  return heap.refill(size_class);
}

void free_to(Heap& heap, unsigned size_class, void* object)
{
  if (heap.push(size_class, object))
    return;
  SlowPath slow(heap);
  heap.flush_half(size_class);
  EXPECT(heap.push(size_class, object));
}

// Fresh slabs are handed out from their start to their end, with nothing left out.
void check_order(Heap& heap, unsigned size_class)
{
  const SizeClass& sizes = size_classes.of[size_class];
  std::vector<void*> objects;
  for (size_t number = 0; number < 3u * sizes.slab_objects; number++)
  {
    objects.push_back(allocate_from(heap, size_class));
    if (number % sizes.slab_objects == 0)
      EXPECT_EQUAL(uintptr_t(objects.back()) % config::chunk_bytes, 0);
    else
      EXPECT_EQUAL(uintptr_t(objects.back()) - uintptr_t(objects[number - 1]), sizes.bytes);
  }
  for (void* object : objects)
    free_to(heap, size_class, object);
}

void check_flush(Heap& heap, unsigned size_class)
{
  size_t depth = magazine_depth(size_class);
  std::vector<void*> objects;
  for (size_t number = 0; number < 2 * depth; number++)
    objects.push_back(allocate_from(heap, size_class));
  while (heap.tops[size_class] != heap.bottom_of(size_class))
    objects.push_back(allocate_from(heap, size_class));
  for (size_t number = 0; number < depth; number++)
    EXPECT(heap.push(size_class, objects[number]));
  {
    SlowPath slow(heap);
    heap.flush_half(size_class);
  }
  // The younger half stays, in its order; the older is in the slabs.
  for (size_t number = depth; number > (depth + 1) / 2; number--)
    EXPECT(heap.pop(size_class) == objects[number - 1]);
  EXPECT(heap.pop(size_class) == nullptr);
  for (size_t number = (depth + 1) / 2; number < objects.size(); number++)
    free_to(heap, size_class, objects[number]);
}

// Slabs drain one by one: they move along the lists, and the empty ones end.
void check_lists(Heap& heap, unsigned size_class)
{
  const SizeClass& sizes = size_classes.of[size_class];
  Random random(size_class);
  std::vector<void*> objects;
  for (size_t number = 0; number < 6u * sizes.slab_objects; number++)
    objects.push_back(allocate_from(heap, size_class));
  for (size_t left = objects.size(); left > 0; left--)
  {
    std::swap(objects[random.below(left)], objects[left - 1]);
    free_to(heap, size_class, objects[left - 1]);
    if (left % (objects.size() / 20 + 1) == 0)
      EXPECT_EQUAL(check_everything().small_objects, left - 1);
  }
}

// The fullest slabs are used first.
void check_preference(Heap& heap)
{
  constexpr unsigned size_class = 20;
  size_t objects = size_classes.of[size_class].slab_objects;
  std::vector<void*> all;
  for (size_t number = 0; number < 4 * objects; number++)
    all.push_back(allocate_from(heap, size_class));
  SlowPath slow(heap);
  heap.slabs.give_back(&all[0], objects - 1);
  heap.slabs.give_back(&all[objects], 1);
  heap.slabs.give_back(&all[2 * objects], objects / 2);
  EXPECT(heap.slabs.lists[size_class][0].first() == slab_of(uintptr_t(all[objects])));
  EXPECT(heap.slabs.lists[size_class][3].first() == slab_of(uintptr_t(all[0])));
  heap.slabs.give_back(heap.bottom_of(size_class) + 1, size_t(heap.tops[size_class] - heap.bottom_of(size_class)));
  heap.tops[size_class] = heap.bottom_of(size_class);
  while (heap.slabs.current[size_class]->free_count > 0)
  {
    void* object = heap.refill(size_class);
    heap.slabs.give_back(heap.bottom_of(size_class) + 1, size_t(heap.tops[size_class] - heap.bottom_of(size_class)));
    heap.tops[size_class] = heap.bottom_of(size_class);
    all.push_back(object);
  }
  all.push_back(heap.refill(size_class));
  EXPECT(all.back() == all[objects]);
  heap.slabs.give_back(&all[objects - 1], 1);
  heap.slabs.give_back(&all[objects + 1], objects - 1);
  heap.slabs.give_back(&all[2 * objects + objects / 2], objects - objects / 2);
  heap.slabs.give_back(&all[3 * objects], all.size() - 3 * objects);
}

// The depot holds what was given back in vain before, in the order of a stack, and lets go of what is not wanted.
void check_depot(Heap& heap, unsigned size_class)
{
  if (config::depot_max_bytes == 0)
    return;
  {
    SlowPath slow(heap);
    heap.retire();
  }
  heap.depot.limit_bytes = heap.depot.given_back_bytes = 0;
  size_t bytes = class_bytes(size_class);
  size_t most = config::depot_max_bytes / bytes;
  size_t count = 6 * magazine_depth(size_class) < most ? 6 * magazine_depth(size_class) : most;
  std::vector<void*> objects(count);
  for (int round = 0; round < 3; round++)
  {
    for (void*& object : objects)
      object = allocate_from(heap, size_class);
    EXPECT_EQUAL(heap.depot.bytes, 0);
    EXPECT((heap.depot.limit_bytes > 0) == (round > 0));
    for (void* object : objects)
      free_to(heap, size_class, object);
    EXPECT((heap.depot.bytes > 0) == (round > 0));
    EXPECT(heap.depot.bytes <= heap.depot.limit_bytes && heap.depot.limit_bytes <= config::depot_max_bytes);
    check_everything();
  }
  size_t held = heap.depot.objects[size_class].get();
  EXPECT_EQUAL(heap.depot.bytes, held * bytes);
  size_t cached = held + size_t(heap.tops[size_class] - heap.bottom_of(size_class));
  if (cached == count) // the depot had room for all
  {
    for (size_t number = count; number > 0; number--)
      EXPECT(allocate_from(heap, size_class) == objects[number - 1]);
    for (void* object : objects)
      free_to(heap, size_class, object);
  }
  heap.shrink_depot(); // counts from here on
  held = heap.depot.objects[size_class].get();
  EXPECT(held > 0);
  while (held > 0)
  {
    heap.shrink_depot();
    EXPECT_EQUAL(heap.depot.objects[size_class].get(), held - (held + 1) / 2);
    EXPECT(heap.depot.bytes <= heap.depot.limit_bytes);
    held = heap.depot.objects[size_class].get();
    check_everything();
  }
}
} // namespace

int main()
{
  check_magazine();
  Heap& heap = *registry::adopt();
  check_preference(heap);
  registry::park(&heap);
  EXPECT(registry::adopt() == &heap);
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    check_order(heap, size_class);
    check_flush(heap, size_class);
    check_lists(heap, size_class);
    check_depot(heap, size_class);
  }
  EXPECT_EQUAL(check_everything().small_objects, 0);
  registry::park(&heap);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  EXPECT(heap.is_idle());
}
