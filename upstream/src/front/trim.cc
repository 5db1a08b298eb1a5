#include "front/trim.h"

#include "front/thread.h"
#include "meta/usage.h"
#include "range/space.h"

namespace sn
{
bool trim()
{
  size_t before = usage::held_bytes.load(std::memory_order_relaxed);
  {
    Visit visit;
    if (Heap* heap = visit.heap())
    {
      SlowPath slow(*heap);
      heap->retire();
      space::purge(true);
    }
  }
  return usage::held_bytes.load(std::memory_order_relaxed) < before;
}
} // namespace sn
