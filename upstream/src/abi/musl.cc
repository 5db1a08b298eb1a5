// musl's functions get memory by these names of its own allocator, so that a malloc of the program's never runs under
// their locks. This one may (os/musl.cc): so a static program has one allocator, and can free what they return.
//
// Weak: where the linker has taken musl's own already, those stay, and serve musl alone.
#include "abi/posix.h"

extern "C" {
SN_WEAK void* __libc_malloc(size_t size)
{
  return sn::posix::malloc(size);
}

SN_WEAK void* __libc_malloc_impl(size_t size)
{
  return sn::posix::malloc(size);
}

SN_WEAK void* __libc_calloc(size_t count, size_t size)
{
  return sn::posix::calloc(count, size);
}

SN_WEAK void* __libc_realloc(void* ptr, size_t size)
{
  return sn::posix::realloc(ptr, size);
}

SN_WEAK void __libc_free(void* ptr)
{
  sn::posix::free(ptr);
}
}
