#include "front/trim.h"

#include "front/thread.h"
#include "meta/usage.h"
#include "range/space.h"

namespace sn
{
namespace
{
// What this heap held back is on its way to others afterwards, and what they sent it is free.
void retire(Heap* heap)
{
  if (heap == nullptr)
    return;
  SlowPath slow(*heap);
  heap->retire();
}

void release_all(Heap* heap)
{
  retire(heap);
  registry::trim_others(heap);
  retire(heap);       // others have sent it what they held back
  space::purge_all(); // which a thread needs the most that is refused memory for a heap
}
} // namespace

void make_room()
{
  Visit visit;
  release_all(visit.heap());
}

size_t trim()
{
  size_t before = usage::purged_bytes.load(std::memory_order_relaxed);
  Visit visit;
  release_all(visit.heap());
  registry::trim_slabs(visit.heap());
  return usage::purged_bytes.load(std::memory_order_relaxed) - before;
}
} // namespace sn
