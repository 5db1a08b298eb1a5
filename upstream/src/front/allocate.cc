#include "front/allocate.h"

#include "front/large.h"
#include "front/limit.h"
#include "front/profile.h"
#include "os/os.h"

#include <string.h>

namespace sn
{
namespace
{
// What a heap holds back for others is let go of now and then, however seldom they ask.
void on_tick(Heap& heap)
{
  heap.post_all();
  heap.shrink_depot();
  space::purge(false);
}

void* take(Heap* heap, unsigned size_class)
{
  SlowPath slow(*heap);
  if (heap->is_tick())
    on_tick(*heap);
  return heap->refill(size_class);
}
} // namespace

SN_COLD void* allocate_of_class(unsigned size_class, Heap* chosen)
{
  Visit visit(chosen);
  if (visit.heap() == nullptr)
    return nullptr;
  void* object = take(visit.heap(), size_class);
  if (object != nullptr)
    visit.heap()->count_allocation(size_class);
  return object;
}

SN_COLD void* allocate_slow(size_t alignment, size_t size, Heap* chosen)
{
  if constexpr (config::checks)
    return within_limit(size, [=] { return checked::allocate_anywhere({alignment, size}, false, chosen); });
  if (size == 0)
    size = 1;
  if (void* object = profile::sample({alignment, size}, false, chosen))
    return object;
  size_t last = last_offset(alignment, size);
  return within_limit(size, [=] {
    return is_small(last) ? allocate_of_class(class_of(last), chosen)
                          : allocate_large({alignment, size}, false, chosen);
  });
}

void* allocate_zeroed(size_t alignment, size_t size, Heap* chosen)
{
  if constexpr (config::checks)
    return within_limit(size, [=] { return checked::allocate_anywhere({alignment, size}, true, chosen); });
  if (size != 0 && !is_small(last_offset(alignment, size)))
  {
    if (void* object = profile::sample({alignment, size}, true, chosen))
      return object;
    return within_limit(size, [=] { return allocate_large({alignment, size}, true, chosen); });
  }
  void* object = allocate(alignment, size, chosen);
  return object == nullptr ? nullptr : memset(object, 0, size);
}
} // namespace sn
