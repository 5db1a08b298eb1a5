// The C library's own names, for a shared library that takes their place in programs (LD_PRELOAD, or linked first).
//
// The dynamic loader calls these functions before any constructor, and the C library calls them from what the allocator
// calls to install its hooks.
#include "abi/posix.h"
#include "front/trim.h"
#include "range/space.h"

#include <limits.h>

namespace
{
// As <malloc.h> declares them, in every C library that does.
template<typename Number>
struct MallocInfo
{
  Number arena;   // held for objects, in use or free
  Number ordblks; // not counted, as all fields without a remark
  Number smblks;
  Number hblks;
  Number hblkhd;
  Number usmblks;
  Number fsmblks;
  Number uordblks; // held by slabs and large objects
  Number fordblks; // free but resident
  Number keepcost; // what malloc_trim() would give back: the same
};

template<typename Number>
Number saturate(size_t bytes, Number most)
{
  return bytes < size_t(most) ? Number(bytes) : most;
}

template<typename Number>
MallocInfo<Number> malloc_info(Number most)
{
  sn::space::Figures figures = sn::space::figures();
  MallocInfo<Number> info{};
  info.arena = saturate(figures.used_bytes + figures.dirty_bytes, most);
  info.uordblks = saturate(figures.used_bytes, most);
  info.fordblks = info.keepcost = saturate(figures.dirty_bytes, most);
  return info;
}
} // namespace

extern "C" {
SN_EXPORT void* SN_SHIM_NAME(malloc)(size_t size) noexcept
{
  return sn::posix::malloc(size);
}

SN_EXPORT void SN_SHIM_NAME(free)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void* SN_SHIM_NAME(calloc)(size_t count, size_t size) noexcept
{
  return sn::posix::calloc(count, size);
}

SN_EXPORT void* SN_SHIM_NAME(realloc)(void* ptr, size_t size) noexcept
{
  return sn::posix::realloc(ptr, size);
}

SN_EXPORT void* SN_SHIM_NAME(reallocarray)(void* ptr, size_t count, size_t size) noexcept
{
  return sn::posix::reallocarray(ptr, count, size);
}

SN_EXPORT void* SN_SHIM_NAME(aligned_alloc)(size_t alignment, size_t size) noexcept
{
  return sn::posix::aligned_alloc(alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(memalign)(size_t alignment, size_t size) noexcept
{
  return sn::posix::memalign(alignment, size);
}

SN_EXPORT int SN_SHIM_NAME(posix_memalign)(void** result, size_t alignment, size_t size) noexcept
{
  return sn::posix::posix_memalign(result, alignment, size);
}

SN_EXPORT void* SN_SHIM_NAME(valloc)(size_t size) noexcept
{
  return sn::posix::aligned_alloc(sn::os::page_bytes(), size);
}

// Whole pages.
SN_EXPORT void* SN_SHIM_NAME(pvalloc)(size_t size) noexcept
{
  size_t page_bytes = sn::os::page_bytes();
  if (size > ~size_t(0) - page_bytes)
    return sn::posix::or_no_memory(nullptr);
  return sn::posix::aligned_alloc(page_bytes, sn::align_up(size, page_bytes));
}

SN_EXPORT void SN_SHIM_NAME(cfree)(void* ptr) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(free_sized)(void* ptr, size_t) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT void SN_SHIM_NAME(free_aligned_sized)(void* ptr, size_t, size_t) noexcept
{
  sn::posix::free(ptr);
}

SN_EXPORT size_t SN_SHIM_NAME(malloc_usable_size)(void* ptr) noexcept
{
  return sn::posix::usable_size(ptr);
}

SN_EXPORT int SN_SHIM_NAME(malloc_trim)(size_t) noexcept
{
  return sn::trim() != 0;
}

SN_EXPORT MallocInfo<int> SN_SHIM_NAME(mallinfo)() noexcept
{
  return malloc_info(INT_MAX);
}

SN_EXPORT MallocInfo<size_t> SN_SHIM_NAME(mallinfo2)() noexcept
{
  return malloc_info(~size_t(0));
}
}
