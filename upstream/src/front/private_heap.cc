#include "front/private_heap.h"

#include "front/large.h"

namespace sn::private_heap
{
Heap* create()
{
  Visit visit; // has fork and the end of the process watched for
  return registry::adopt_private();
}

void end(Heap* heap)
{
  while (Range* large = heap->large_ranges.any())
    free_large(reinterpret_cast<void*>(large->base), {}, heap);
  registry::end_private(heap);
}
} // namespace sn::private_heap
