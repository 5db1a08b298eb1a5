// How a heap lets go of what it has.
#include "heap/heap.h"
#include "slab/checked_object.h"

namespace sn
{
bool Heap::is_retired() const
{
  for (unsigned stack = 0; stack < stack_count; stack++)
    if (tops[stack] != bottom_of(stack))
      return false;
  if (depot.bytes != 0)
    return false;
  for (const Outbox::Open& open : outbox.opened)
    if (open.count.load(std::memory_order_relaxed) != 0)
      return false;
  return true;
}

void Heap::abandon()
{
  countdown = 0;
  sampler.forget();
  post_all();
  to_drain_count = 0;
}

void Heap::retire(size_t kept_bytes)
{
  drain_inbox();
  empty_depot();
  for (unsigned stack = 0; stack < stack_count; stack++)
  {
    void** bottom = bottom_of(stack);
    void** top = tops[stack];
    give_back(class_of_stack(stack), bottom + 1, size_t(top - bottom));
    tops[stack] = bottom;
  }
  settle_currents(kept_bytes);
  post_all();
  release_spares();
}

void Heap::settle_currents(size_t kept_bytes)
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    if (class_bytes(size_class) > kept_bytes)
      settle_current(size_class);
    else if (Slab* slab = current[size_class]; slab != nullptr && slab->free_count == slab->size_class().slab_objects)
      sn::verify_free_objects(slab); // it would have ended
}

void Heap::end_all()
{
  retire();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    for (unsigned list = 0; list <= full_list; list++)
      while (Slab* slab = lists[size_class][list])
      {
        unlink(slab);
        if constexpr (config::counts_operations)
          counts.frees_received[size_class].add(slab->size_class().slab_objects - slab->free_count);
        forget(slab);
        range_cache.put(end_slab_in_use(slab));
      }
  release_spares();
}

void Heap::release_from_outside()
{
  drain_inbox();
  empty_depot();
  settle_currents(0);
  release_kept();
}
} // namespace sn
