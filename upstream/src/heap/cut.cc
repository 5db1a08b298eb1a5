// How a heap's magazines are cut: see cut.h.
#include "heap/heap.h"

#include <string.h>

namespace sn
{
namespace
{
constexpr size_t left_of(unsigned size_class)
{
  size_t objects = config::cut_left_bytes / class_bytes(size_class);
  if (objects > config::cut_left_objects)
    return config::cut_left_objects;
  return objects == 0 ? 1 : objects;
}
} // namespace

void Heap::begin_cut(HeapCut& cut)
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    cut.of[size_class].begin(tops[size_class], bottom_of(size_class), left_of(size_class));
}

void Heap::look_at_cut(HeapCut& cut)
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    cut.of[size_class].look(tops[size_class]);
}

void Heap::undo_cut(HeapCut& cut)
{
  for (Cut& of_class : cut.of)
    of_class.undo();
}

// The new bottom is noted first: should a child of fork have to do with this heap as it is, it loses objects at most.
void Heap::end_cut(HeapCut& cut)
{
  void* objects[config::magazine_max_objects];
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    const Cut& made = cut.of[size_class];
    if (!made.is_made())
      continue;
    size_t count = 0;
    for (void** cell = bottom_of(size_class) + 1; cell != made.place(); cell++)
      objects[count++] = racing::read(*cell);
    objects[count++] = made.taken();
    cut_cells[size_class].store(uint8_t(made.place() - lowest_of(size_class)), std::memory_order_relaxed);
    slabs.give_back(size_class, objects, count);
  }
}

bool Heap::move_down_slow(unsigned stack)
{
  void** bottom = bottom_of(stack);
  auto count = size_t(tops[stack] - bottom);
  memmove(lowest_of(stack) + 1, bottom + 1, count * sizeof(void*));
  tops[stack] = lowest_of(stack) + count;
  cut_cells[stack].store(0, std::memory_order_relaxed);
  return true;
}

bool Heap::have_tops_moved()
{
  uint32_t sum = 0;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    sum = sum * 0x9e3779b1 + uint32_t(racing::read(tops[size_class]) - lowest_of(size_class));
  bool have_moved = sum != seen_tops;
  seen_tops = sum;
  return have_moved;
}
} // namespace sn
