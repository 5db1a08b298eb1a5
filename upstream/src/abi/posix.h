// The functions of <stdlib.h> and <malloc.h> that allocate, as POSIX and glibc document them, under names of our own.
//
// 1. Every result is a multiple of c_alignment. A size of 0 also gets a unique address. Null: memory is refused.
// 2. errno is written on failure only, and never by posix_memalign() and free().
//
// Any thread.
#pragma once

#include "base/bits.h"
#include "front/allocate.h"
#include "front/free.h"
#include "front/resize.h"
#include "front/usable.h"
#include "os/os.h"

#include <errno.h>

#include <cstddef>

namespace sn::posix
{
static_assert(c_alignment % alignof(std::max_align_t) == 0, "whatever C puts there, invariant 1 has it aligned");

constexpr size_t max_alignment = ~(~size_t(0) >> 1);

SN_INLINE void* or_no_memory(void* object)
{
  if (SN_UNLIKELY(object == nullptr))
    errno = ENOMEM;
  return object;
}

SN_COLD inline void* malloc_slow(size_t size)
{
  return or_no_memory(allocate_slow(unsaid_alignment, size));
}

SN_INLINE void* malloc(size_t size)
{
  if (void* object = allocate_fast(unsaid_alignment, size); SN_LIKELY(object != nullptr))
    return object;
  return malloc_slow(size);
}

// See free_any().
SN_INLINE void free(void* pointer, Layout passed = {})
{
  free_any(pointer, passed);
}

SN_INLINE size_t usable_size(const void* object)
{
  return object == nullptr ? 0 : usable_bytes(object);
}

inline void* calloc(size_t count, size_t size)
{
  size_t bytes;
  if (SN_UNLIKELY(multiply_overflows(count, size, &bytes)))
    return or_no_memory(nullptr);
  return or_no_memory(allocate_zeroed(unsaid_alignment, bytes));
}

// As glibc: a size of 0 frees, and returns null.
inline void* realloc(void* object, size_t size)
{
  if (object == nullptr)
    return malloc(size);
  if (size == 0)
  {
    free(object);
    return nullptr;
  }
  return or_no_memory(resize_unsaid(object, size));
}

inline void* reallocarray(void* object, size_t count, size_t size)
{
  size_t bytes;
  if (SN_UNLIKELY(multiply_overflows(count, size, &bytes)))
    return or_no_memory(nullptr);
  return realloc(object, bytes);
}

// All memory has c_alignment, so smaller alignments are left unsaid.
SN_INLINE void* allocate_aligned(size_t alignment, size_t size)
{
  return allocate(alignment <= c_alignment ? unsaid_alignment : alignment, size);
}

inline void* aligned_alloc(size_t alignment, size_t size)
{
  if (SN_LIKELY(is_power_of_two(alignment)))
    return or_no_memory(allocate_aligned(alignment, size));
  errno = EINVAL;
  return nullptr;
}

// As glibc: the next power of two will do.
inline void* memalign(size_t alignment, size_t size)
{
  return aligned_alloc(alignment <= max_alignment ? next_power_of_two(alignment) : 0, size);
}

inline int posix_memalign(void** result, size_t alignment, size_t size)
{
  if (!is_power_of_two(alignment) || alignment % sizeof(void*) != 0)
    return EINVAL;
  void* object = allocate_aligned(alignment, size);
  if (object == nullptr)
    return ENOMEM;
  *result = object;
  return 0;
}
} // namespace sn::posix
