#include "heap/depot.h"

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

size_t Depot::put(unsigned size_class, void* const* freed, size_t freed_count, Batches& batches)
{
  size_t put = 0;
  while (put < freed_count)
  {
    Batch* batch = newest[size_class];
    if (batch == nullptr || batch->count == Batch::capacity)
    {
      Batch* newer = batches.take();
      if (newer == nullptr)
        break;
      newer->next = batch;
      newer->count = 0;
      newest[size_class] = batch = newer;
    }
    size_t room = Batch::capacity - batch->count;
    size_t part = freed_count - put < room ? freed_count - put : room;
    memcpy(batch->objects + batch->count, freed + put, part * sizeof(void*));
    batch->count += part;
    put += part;
  }
  objects[size_class].add(put);
  bytes += put * class_bytes(size_class);
  return put;
}

size_t Depot::take(unsigned size_class, size_t wanted, void** to, Batches& batches)
{
  size_t taken = 0;
  Batch* batch = newest[size_class];
  if (batch != nullptr && batch->count < wanted && batch->next != nullptr)
  {
    taken = take_last(batch->next, wanted - batch->count, to);
    wanted -= taken;
  }
  if (batch != nullptr)
    taken += take_last(batch, wanted, to + taken);
  if (batch != nullptr && batch->count == 0)
  {
    newest[size_class] = batch->next;
    batches.put(batch);
  }
  objects[size_class].subtract(taken);
  bytes -= taken * class_bytes(size_class);
  if (objects[size_class].get() < least[size_class])
    least[size_class] = objects[size_class].get();
  return taken;
}

void Depot::give_back(unsigned size_class, size_t count, Slabs& slabs, Batches& batches)
{
  void* taken[Batch::capacity];
  while (count > 0)
  {
    size_t taken_count = take(size_class, count < Batch::capacity ? count : Batch::capacity, taken, batches);
    slabs.give_back(size_class, taken, taken_count);
    count -= taken_count;
  }
}

void Depot::empty(Slabs& slabs, Batches& batches)
{
  if (bytes == 0)
    return;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    give_back(size_class, objects[size_class].get(), slabs, batches);
}

void Depot::shrink(Slabs& slabs, Batches& batches)
{
  if (bytes == 0)
    return;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    if (size_t unneeded = (least[size_class] + 1) / 2)
    {
      give_back(size_class, unneeded, slabs, batches);
      limit_bytes -= unneeded * class_bytes(size_class);
    }
    least[size_class] = objects[size_class].get();
  }
}
} // namespace sn
