#include "front/private_heap.h"

#include "front/limit.h"
#include "front/profile.h"

namespace sn::private_heap
{
Heap* create()
{
  Visit visit; // has fork and the end of the process watched for
  return within_limit(0, [] { return registry::adopt_private(); });
}

void end(Heap* heap)
{
  while (Range* large = heap->large_ranges.any())
  {
    auto* object = reinterpret_cast<void*>(large->base);
    profile::before_free(object);
    free_large(object, {}, heap);
  }
  registry::end_private(heap);
}
} // namespace sn::private_heap
