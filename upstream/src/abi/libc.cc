// The C library's functions, as include/snmalloc_libc.h names them.
#include "abi/posix.h"
#include "snmalloc_libc.h"

void* sn_malloc(size_t size)
{
  return sn::posix::malloc(size);
}

void* sn_calloc(size_t count, size_t size)
{
  return sn::posix::calloc(count, size);
}

void* sn_realloc(void* ptr, size_t size)
{
  return sn::posix::realloc(ptr, size);
}

void* sn_reallocarray(void* ptr, size_t count, size_t size)
{
  return sn::posix::reallocarray(ptr, count, size);
}

void sn_free(void* ptr)
{
  sn::posix::free(ptr);
}

size_t sn_malloc_usable_size(const void* ptr)
{
  return sn::posix::usable_size(ptr);
}

void* sn_aligned_alloc(size_t alignment, size_t size)
{
  return sn::posix::aligned_alloc(alignment, size);
}

void* sn_memalign(size_t alignment, size_t size)
{
  return sn::posix::memalign(alignment, size);
}

int sn_posix_memalign(void** result, size_t alignment, size_t size)
{
  return sn::posix::posix_memalign(result, alignment, size);
}
