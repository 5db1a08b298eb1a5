#include "front/trim.h"

#include "front/thread.h"
#include "meta/usage.h"
#include "range/space.h"

namespace sn
{
namespace
{
// What this heap held back is on its way to others afterwards.
void retire(Heap* heap)
{
  if (heap == nullptr)
    return;
  SlowPath slow(*heap);
  heap->retire();
}

// Others have sent this heap what they held back. A thread that is refused memory for a heap needs a purge the most.
void purge(Heap* heap)
{
  if (heap != nullptr)
  {
    SlowPath slow(*heap);
    heap->release_from_outside();
  }
  space::purge_all();
}

void release_all(Heap* heap)
{
  retire(heap);
  registry::trim_others(heap);
  purge(heap);
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
