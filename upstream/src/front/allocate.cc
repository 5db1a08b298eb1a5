#include "front/allocate.h"

#include "front/checked.h"
#include "front/large.h"
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
  space::purge(false);
}

} // namespace

SN_COLD void* allocate_of_class(unsigned size_class)
{
  Visit visit;
  Heap* heap = visit.heap();
  if (heap == nullptr)
    return nullptr;
  if (void* object = heap->pop(size_class)) // of a heap that the thread has only just got
    return object;
  SlowPath slow(*heap);
  if (heap->is_tick())
    on_tick(*heap);
  return heap->refill(size_class);
}

SN_COLD void* allocate_slow(size_t alignment, size_t size)
{
  if constexpr (config::checks)
    return checked::allocate({alignment, size}, false);
  if (size == 0)
    size = 1;
  size_t last = last_offset(alignment, size);
  if (is_small(last))
    return allocate_of_class(class_table.class_of(last));
  return allocate_large({alignment, size}, false);
}

void* allocate_zeroed(size_t alignment, size_t size)
{
  if constexpr (config::checks)
    return checked::allocate({alignment, size}, true);
  if (size != 0 && !is_small(last_offset(alignment, size)))
    return allocate_large({alignment, size}, true);
  void* object = allocate(alignment, size);
  return object == nullptr ? nullptr : memset(object, 0, size);
}
} // namespace sn
