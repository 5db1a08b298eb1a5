// The C library's own names, for a shared library that takes their place in programs (LD_PRELOAD, or linked first), and
// for programs themselves.
//
// The dynamic loader calls these functions before any constructor, and the C library calls them from what the allocator
// calls to install its hooks.
//
// None is noexcept: headers declare some so, and others not, and compilers take the definition that leaves it out.
#include "abi/posix.h"
#include "front/trim.h"

extern "C" {
SN_EXPORT void* SN_SHIM_NAME(malloc)(size_t size)
{
  return sn::posix::malloc(size);
}

SN_EXPORT void SN_SHIM_NAME(free)(void* ptr)
{
  sn::posix::free(ptr);
}

SN_EXPORT void* SN_SHIM_NAME(calloc)(size_t count, size_t size)
{
  return sn::posix::calloc(count, size);
}

SN_EXPORT void* SN_SHIM_NAME(realloc)(void* ptr, size_t size)
{
  return sn::posix::realloc(ptr, size);
}

SN_EXPORT void* SN_SHIM_NAME(reallocarray)(void* ptr, size_t count, size_t size)
{
  return sn::posix::reallocarray(ptr, count, size);
}

SN_EXPORT void* SN_SHIM_NAME(aligned_alloc)(size_t alignment, size_t size)
{
  return sn::posix::aligned_alloc(alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(memalign)(size_t alignment, size_t size)
{
  return sn::posix::memalign(alignment, size);
}

SN_EXPORT int SN_SHIM_NAME(posix_memalign)(void** result, size_t alignment, size_t size)
{
  return sn::posix::posix_memalign(result, alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(valloc)(size_t size)
{
  return sn::posix::aligned_alloc(sn::os::page_bytes(), size);
}

// Whole pages.
SN_EXPORT void* SN_SHIM_NAME(pvalloc)(size_t size)
{
  size_t page_bytes = sn::os::page_bytes();
  if (size > ~size_t(0) - page_bytes)
    return sn::posix::or_no_memory(nullptr);
  return sn::posix::aligned_alloc(page_bytes, sn::align_up(size, page_bytes));
}

SN_EXPORT void SN_SHIM_NAME(cfree)(void* ptr)
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(free_sized)(void* ptr, size_t size)
{
  sn::posix::free(ptr, {sn::Layout::unsaid, size});
}

SN_EXPORT void SN_SHIM_NAME(free_aligned_sized)(void* ptr, size_t alignment, size_t size)
{
  sn::posix::free(ptr, {alignment, size});
}

SN_EXPORT size_t SN_SHIM_NAME(malloc_usable_size)(void* ptr)
{
  return sn::posix::usable_size(ptr);
}

SN_EXPORT int SN_SHIM_NAME(malloc_trim)(size_t)
{
  return sn::trim() != 0;
}

// Accepted, as glibc does all it knows: what could be set does not exist here. SNMALLOC_OPTIONS is the way.
SN_EXPORT int SN_SHIM_NAME(mallopt)(int, int)
{
  return 1;
}
}
