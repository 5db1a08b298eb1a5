#include "front/private_heap.h"

#include "front/limit.h"
#include "front/profile.h"

namespace sn
{
Heap* create_private_heap()
{
  Visit visit; // has fork and the end of the process watched for
  return within_limit(0, [] { return registry::adopt_private(); });
}

void end_private_heap(Heap* heap)
{
  while (Range* large = heap->large_ranges.any())
  {
    auto* object = reinterpret_cast<void*>(large->base);
    profile::before_free(object);
    free_large(object, {}, heap);
  }
  registry::end_private(heap);
}
} // namespace sn
