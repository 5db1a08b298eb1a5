#include "front/allocate.h"

#include "front/kept.h"
#include "front/limit.h"
#include "front/profile.h"
#include "meta/usage.h"
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
  uint64_t now = os::now_ms();
  if (heap.look_round(now))
    heap.large_cache.age(now);
  heap.make_old_holes(now);
}

// An object that the heap has: of that class, or of a larger one, up to four times, that is aligned as well; the class
// is what it is of. Null: none.
SN_COLD void* take_without_slab(Heap& heap, unsigned& size_class, size_t alignment)
{
  constexpr unsigned classes = 2 * 4 + 1;
  size_t natural = class_bytes(size_class) % c_alignment == 0 ? c_alignment : 1;
  for (unsigned next = size_class; next < zero_class && next < size_class + classes; next++)
    if (class_bytes(next) % alignment == 0 && class_bytes(next) % natural == 0)
      if (void* object = heap.refill_without_slab(next))
      {
        size_class = next;
        return object;
      }
  return nullptr;
}

void* take(Heap& heap, unsigned& size_class, size_t alignment)
{
  SlowPath slow(heap);
  if (heap.is_tick())
    on_tick(heap);
  if (SN_UNLIKELY(usage::is_scarce()) && size_class != zero_class)
    if (void* object = take_without_slab(heap, size_class, alignment))
      return object;
  return heap.refill(size_class);
}
} // namespace

SN_COLD void* allocate_of_class(unsigned size_class, size_t alignment, Heap* private_heap)
{
  Visit visit(private_heap);
  if (visit.heap() == nullptr)
    return nullptr;
  void* object = take(*visit.heap(), size_class, alignment);
  if (object != nullptr)
    count_allocation(*visit.heap(), size_class);
  return object;
}

namespace
{
SN_COLD void* allocate_by_size(size_t alignment, size_t size, Heap* private_heap)
{
  if constexpr (config::checks)
    return within_limit(size, [=] { return checked::allocate_anywhere({alignment, size}, false, private_heap); });
  if (size == 0)
    size = 1;
  if (void* object = profile::sample({alignment, size}, false, private_heap))
    return object;
  size_t last = last_offset(alignment, size);
  return within_limit(size, [=] {
    return is_small(last) ? allocate_of_class(class_of(last), alignment, private_heap)
                          : allocate_large({alignment, size}, false, private_heap);
  });
}
} // namespace

SN_NOINLINE void* allocate_slow(size_t alignment, size_t size, Heap* private_heap)
{
  if (!is_small(last_offset(alignment, size)))
    if (void* object = allocate_kept(alignment, size, private_heap); SN_LIKELY(object != nullptr))
      return object;
  return allocate_by_size(alignment, size, private_heap);
}

void* allocate_zeroed(size_t alignment, size_t size, Heap* private_heap)
{
  if constexpr (config::checks)
    return within_limit(size, [=] { return checked::allocate_anywhere({alignment, size}, true, private_heap); });
  bool is_apart = size > config::zeroed_small_max_bytes && options.memory_limit_bytes == ~size_t(0);
  if (is_apart || (size != 0 && !is_small(last_offset(alignment, size))))
  {
    if (size < config::purge_to_clear_bytes)
      if (void* object = allocate_kept(alignment, size, private_heap))
        return memset(object, 0, size);
    if (void* object = profile::sample({alignment, size}, true, private_heap))
      return object;
    return within_limit(size, [=] { return allocate_large({alignment, size}, true, private_heap); });
  }
  void* object = allocate(alignment, size, private_heap);
  return object == nullptr ? nullptr : memset(object, 0, size);
}
} // namespace sn
