// The C interface without an operating system: each function is one call into front/.
#include "front/region.h"

#include "front/allocate.h"
#include "front/free.h"
#include "front/resize.h"
#include "front/usable.h"
#include "snmalloc_region.h"

int sn_region_add(void* start, size_t bytes)
{
  return sn::region::add(start, bytes);
}

void* sn_region_alloc(size_t alignment, size_t size)
{
  return sn::allocate(alignment, size);
}

void* sn_region_alloc_zeroed(size_t alignment, size_t size)
{
  return sn::allocate_zeroed(alignment, size);
}

void sn_region_dealloc(void* ptr, size_t alignment, size_t size)
{
  sn::free(ptr, {alignment, size});
}

void* sn_region_realloc(void* ptr, size_t alignment, size_t old_size, size_t new_size)
{
  return sn::resize(ptr, alignment, old_size, new_size);
}

size_t sn_region_resize_in_place(void* ptr, size_t alignment, size_t old_size, size_t new_size)
{
  return sn::resize_in_place(ptr, alignment, old_size, new_size);
}

size_t sn_region_usable_size(const void* ptr)
{
  return ptr == nullptr ? 0 : sn::usable_bytes(ptr);
}
