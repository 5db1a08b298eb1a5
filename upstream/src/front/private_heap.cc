#include "front/private_heap.h"

#include "front/limit.h"
#include "front/profile.h"

namespace sn
{
namespace
{
// In small objects of a private heap that nobody has freed.
[[maybe_unused]] size_t live_bytes(const Heap& heap)
{
  size_t bytes = 0;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    size_t frees = heap.counts.frees[size_class].get() + heap.counts.frees_received[size_class].get();
    bytes += (heap.counts.allocations[size_class].get() - frees) * counted_bytes(size_class);
  }
  return bytes - heap.coming_bytes.load(std::memory_order_relaxed);
}
} // namespace

Heap* create_private_heap()
{
  Visit visit; // has fork and the end of the process watched for
  Heap* heap = within_limit(0, [] { return registry::adopt_private(); });
  if (config::counts_operations && heap != nullptr)
    heap->coming_bytes.store(0, std::memory_order_relaxed); // what was on its way when another one ended
  return heap;
}

void end_private_heap(Heap* heap)
{
  while (Range* large = heap->large_ranges.any())
  {
    auto* object = reinterpret_cast<void*>(large->base);
    profile::before_free(object);
    free_large(object, {}, heap);
  }
  if constexpr (config::counts_operations)
    count_bytes({0, live_bytes(*heap)});
  registry::end_private(heap);
}
} // namespace sn
