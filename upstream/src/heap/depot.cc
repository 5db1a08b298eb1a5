// What a heap does with its depot.
#include "heap/heap.h"

#include <string.h>

namespace sn
{
namespace
{
size_t take_last(Batch* batch, size_t wanted, void** to)
{
  size_t taken = batch->count < wanted ? batch->count : wanted;
  batch->count -= taken;
  memcpy(to, batch->objects + batch->count, taken * sizeof(void*));
  return taken;
}
} // namespace

// Returns how many of the objects there was memory for, the first ones.
size_t Heap::put_into_depot(unsigned size_class, void* const* objects, size_t count)
{
  size_t put = 0;
  while (put < count)
  {
    Batch* batch = depot.newest[size_class];
    if (batch == nullptr || batch->count == Batch::capacity)
    {
      Batch* newer = new_batch();
      if (newer == nullptr)
        break;
      newer->next = batch;
      newer->count = 0;
      depot.newest[size_class] = batch = newer;
    }
    size_t room = Batch::capacity - batch->count;
    size_t part = count - put < room ? count - put : room;
    memcpy(batch->objects + batch->count, objects + put, part * sizeof(void*));
    batch->count += part;
    put += part;
  }
  depot.objects[size_class].add(put);
  depot.bytes += put * class_bytes(size_class);
  return put;
}

// Up to `wanted` objects, those put in last, in the order in which they came. `wanted` is no more than a batch holds.
size_t Heap::take_from_depot(unsigned size_class, size_t wanted, void** to)
{
  size_t taken = 0;
  Batch* batch = depot.newest[size_class];
  if (batch != nullptr && batch->count < wanted && batch->next != nullptr)
  {
    taken = take_last(batch->next, wanted - batch->count, to);
    wanted -= taken;
  }
  if (batch != nullptr)
    taken += take_last(batch, wanted, to + taken);
  if (batch != nullptr && batch->count == 0)
  {
    depot.newest[size_class] = batch->next;
    recycle(batch);
  }
  depot.objects[size_class].subtract(taken);
  depot.bytes -= taken * class_bytes(size_class);
  if (depot.objects[size_class].get() < depot.least[size_class])
    depot.least[size_class] = depot.objects[size_class].get();
  return taken;
}

void Heap::give_back_from_depot(unsigned size_class, size_t count)
{
  void* objects[Batch::capacity];
  while (count > 0)
  {
    size_t taken = take_from_depot(size_class, count < Batch::capacity ? count : Batch::capacity, objects);
    give_back(size_class, objects, taken);
    count -= taken;
  }
}

void Heap::empty_depot()
{
  if (depot.bytes == 0)
    return;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    give_back_from_depot(size_class, depot.objects[size_class].get());
}

void Heap::shrink_depot()
{
  if (depot.bytes == 0)
    return;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    if (size_t unneeded = (depot.least[size_class] + 1) / 2)
    {
      give_back_from_depot(size_class, unneeded);
      depot.limit_bytes -= unneeded * class_bytes(size_class);
    }
    depot.least[size_class] = depot.objects[size_class].get();
  }
}
} // namespace sn
