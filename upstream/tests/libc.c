/* The functions of the C library that allocate, with every edge that POSIX and glibc document. Built twice: for the
 * names with the prefix (SN_PREFIX), and for the plain names, to run on the shim, linked or preloaded. */
#define _GNU_SOURCE /* reallocarray, memalign */
#include "expect.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#  include <sys/resource.h>
#endif

#ifdef SN_PREFIX
#  include "snmalloc.h"
#  include "snmalloc_libc.h"
#  define CALL(function) sn_##function
#else
#  include <malloc.h>
#  define CALL(function) function
#endif

/* Each is called through a pointer that the compiler knows nothing of: it may drop a malloc that is only freed, and
 * warns of sizes that no object has. */
static void* (*volatile do_malloc)(size_t) = CALL(malloc);
static void* (*volatile do_calloc)(size_t, size_t) = CALL(calloc);
static void* (*volatile do_realloc)(void*, size_t) = CALL(realloc);
static void* (*volatile do_reallocarray)(void*, size_t, size_t) = CALL(reallocarray);
static void (*volatile do_free)(void*) = CALL(free);
static void* (*volatile do_aligned_alloc)(size_t, size_t) = CALL(aligned_alloc);
static void* (*volatile do_memalign)(size_t, size_t) = CALL(memalign);
static int (*volatile do_posix_memalign)(void**, size_t, size_t) = CALL(posix_memalign);

static size_t usable(void* object)
{
  return CALL(malloc_usable_size)(object);
}

static const size_t MiB = 1024 * 1024;
static const size_t half = (size_t)1 << (sizeof(size_t) * 8 - 1);

/* Any value that no function sets. */
enum { untouched = 77 };

static void check_errno(int expected)
{
  EXPECT(errno == expected);
  errno = untouched;
}

static void check_null(void* object, int expected)
{
  EXPECT(object == NULL);
  check_errno(expected);
}

static void check_zero(const char* object, size_t size)
{
  size_t offset;
  for (offset = 0; offset < size; offset++)
    EXPECT(object[offset] == 0);
}

static void check_every_size(void)
{
  size_t size;
  for (size = 0; size < 3 * MiB; size += size < 5000 ? 1 : size / 7)
  {
    char* object = do_malloc(size);
    EXPECT(object != NULL && (uintptr_t)object % 16 == 0 && usable(object) >= size);
    memset(object, 0xa5, usable(object));
    do_free(object);
    object = do_calloc(1, size);
    EXPECT(object != NULL && (uintptr_t)object % 16 == 0);
    check_zero(object, size);
    object = do_realloc(object, size + 100);
    EXPECT(object != NULL && (uintptr_t)object % 16 == 0 && usable(object) >= size + 100);
    check_zero(object, size);
    do_free(object);
  }
  check_errno(untouched);
}

static void check_size_zero(void)
{
  void* objects[] = {
    do_malloc(0), do_malloc(0), do_calloc(0, 8), do_calloc(8, 0), do_realloc(NULL, 0), do_reallocarray(NULL, 0, 9),
    do_aligned_alloc(64, 0), do_memalign(4096, 0), NULL};
  size_t count = sizeof(objects) / sizeof(objects[0]), first, second;
  EXPECT(do_posix_memalign(&objects[count - 1], 128, 0) == 0);
  for (first = 0; first < count; first++)
  {
    EXPECT(objects[first] != NULL);
    for (second = 0; second < first; second++)
      EXPECT(objects[first] != objects[second]);
  }
  for (first = 0; first < count; first++)
    do_free(objects[first]);
  check_errno(untouched);
}

#ifndef _WIN32 /* which has no such limit */
static void limit_address_space(rlim_t bytes)
{
  struct rlimit limit;
  EXPECT(getrlimit(RLIMIT_AS, &limit) == 0);
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* A size of 0 frees: there is no room for so much otherwise, and realloc(NULL, 0) is not null. */
static void check_realloc_to_zero_frees(void)
{
  size_t size = 1024 * MiB, round;
  void* object;
  limit_address_space((rlim_t)16 * 1024 * MiB);
  object = do_malloc(size);
  if (object == NULL) /* the system is short of it */
    size = 100;
  do_free(object);
  errno = untouched;
  for (round = 0; round < 400; round++)
  {
    EXPECT(do_realloc(do_malloc(size), 0) == NULL);
    EXPECT(do_reallocarray(do_malloc(size), 0, 8) == NULL);
  }
  check_errno(untouched);
  limit_address_space(RLIM_INFINITY);
}
#endif

static void check_refusals(void)
{
  size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4096, SIZE_MAX - 70000, half, half - 1, half - 70000};
  size_t number;
  char* object = do_malloc(100);
  memset(object, 7, 100);
  for (number = 0; number < sizeof(sizes) / sizeof(sizes[0]); number++)
  {
    size_t size = sizes[number];
    void* result = &number;
    check_null(do_malloc(size), ENOMEM);
    check_null(do_calloc(1, size), ENOMEM);
    check_null(do_calloc(size, 1), ENOMEM);
    check_null(do_realloc(object, size), ENOMEM);
    check_null(do_realloc(NULL, size), ENOMEM);
    check_null(do_reallocarray(object, 1, size), ENOMEM);
    check_null(do_aligned_alloc(64, size), ENOMEM);
    check_null(do_memalign(4096, size), ENOMEM);
    EXPECT(do_posix_memalign(&result, 64, size) == ENOMEM && result == &number);
    check_errno(untouched);
  }
  check_null(do_aligned_alloc(half, 1), ENOMEM);
  for (number = 0; number < 100; number++)
    EXPECT(object[number] == 7);
  do_free(object);
}

static void check_overflow(void)
{
  size_t root = (size_t)1 << sizeof(size_t) * 4; /* root * root is 0 */
  char* object = do_malloc(10);
  check_null(do_calloc(root, root), ENOMEM);
  check_null(do_calloc(SIZE_MAX, 2), ENOMEM);
  check_null(do_calloc(3, SIZE_MAX / 2), ENOMEM);
  check_null(do_reallocarray(object, root, root), ENOMEM);
  check_null(do_reallocarray(object, half + 8, 2), ENOMEM); /* 16, if it wraps */
  check_null(do_reallocarray(NULL, SIZE_MAX / 4, 5), ENOMEM);
  object = do_reallocarray(object, 10, 100);
  EXPECT(object != NULL && usable(object) >= 1000);
  do_free(object);
  check_errno(untouched);
}

static void check_calloc_clears_used_memory(void)
{
  size_t size, round;
  for (size = 1; size < 12 * MiB; size = size * 3 + 1)
    for (round = 0; round < 3; round++)
    {
      char* object = do_malloc(size);
      memset(object, 0xff, usable(object));
      do_free(object);
      object = do_calloc(size, 1);
      check_zero(object, size);
      do_free(object);
    }
  check_errno(untouched);
}

static void check_realloc_keeps(void)
{
  size_t sizes[] = {1, 16, 17, 100, 5000, 32768, 32769, 100000, 3000000, 9000000, 40000000, 2000000, 50000, 60, 1};
  size_t number, offset, old_size = 0;
  char* object = NULL;
  for (number = 0; number < sizeof(sizes) / sizeof(sizes[0]); number++)
  {
    size_t size = sizes[number];
    object = do_realloc(object, size);
    EXPECT(object != NULL && usable(object) >= size);
    for (offset = 0; offset < (old_size < size ? old_size : size); offset++)
      EXPECT(object[offset] == (char)(offset % 23));
    for (offset = 0; offset < size; offset++)
      object[offset] = (char)(offset % 23);
    old_size = size;
  }
  do_free(object);
  check_errno(untouched);
}

static void check_alignment(void)
{
  size_t alignment, size;
  for (alignment = 1; alignment <= 64 * MiB; alignment *= 2)
    for (size = 0; size < 200000; size = size * 2 + 1)
    {
      char* object = do_aligned_alloc(alignment, size);
      EXPECT(object != NULL && (uintptr_t)object % alignment == 0 && (uintptr_t)object % 16 == 0);
      EXPECT(usable(object) >= size);
      memset(object, 1, usable(object));
      object = do_realloc(object, size + 1);
      EXPECT(object != NULL && (size == 0 || object[size - 1] == 1));
      do_free(object);
      object = do_memalign(alignment, size);
      EXPECT(object != NULL && (uintptr_t)object % alignment == 0);
      do_free(object);
      if (alignment >= sizeof(void*))
      {
        void* result = NULL;
        EXPECT(do_posix_memalign(&result, alignment, size) == 0 && (uintptr_t)result % alignment == 0);
        do_free(result);
      }
    }
  check_errno(untouched);
}

enum { neighbours = 9, ways = 5 };

/* Also by Rust's function, where that may be mixed with those of C: its objects may lie anywhere. */
static char* make(unsigned way, size_t alignment, size_t size)
{
  void* object = NULL;
  if (way == 0)
    return do_malloc(size);
  if (way == 1)
    return do_memalign(alignment, size);
  if (way == 2)
    EXPECT(do_posix_memalign(&object, alignment < sizeof(void*) ? sizeof(void*) : alignment, size) == 0);
#ifdef SN_PREFIX
  if (way == 3)
    return sn_rust_alloc(alignment, size);
#endif
  return object != NULL ? object : do_aligned_alloc(alignment, size);
}

static void check_full(const char* object, size_t size, char letter)
{
  size_t offset;
  for (offset = 0; offset < size; offset++)
    EXPECT(object[offset] == letter);
}

/* Of objects side by side, each full of a letter of its own, every other one changes its size. All of them are aligned,
 * not only the first one of their slab, and no change reaches a neighbour. */
static void check_neighbours_of(unsigned way, size_t alignment, size_t size, size_t new_size)
{
  char* objects[neighbours];
  int number;
  for (number = 0; number < neighbours; number++)
  {
    objects[number] = make(way, alignment, size);
    EXPECT(objects[number] != NULL && (uintptr_t)objects[number] % alignment == 0);
    EXPECT((uintptr_t)objects[number] % 16 == 0 || way == 3);
    memset(objects[number], number, size);
  }
  for (number = 1; number < neighbours; number += 2)
  {
    char* object = objects[number] = do_realloc(objects[number], new_size);
    EXPECT(object != NULL && (uintptr_t)object % 16 == 0 && usable(object) >= new_size);
    check_full(object, size < new_size ? size : new_size, (char)number);
    memset(object, number, usable(object));
  }
  for (number = 0; number < neighbours; number++)
  {
    check_full(objects[number], number % 2 != 0 ? new_size : size, (char)number);
    do_free(objects[number]);
  }
}

static void check_neighbours(void)
{
  size_t alignment, size, new_size;
  unsigned way;
  for (way = 0; way < ways; way++)
    for (alignment = 1; alignment <= 32; alignment *= way == 0 ? 64 : 2)
      for (size = 1; size <= 72; size++)
        for (new_size = 1; new_size <= 80; new_size += 1 + new_size % 3)
          check_neighbours_of(way, alignment, size, new_size);
  check_errno(untouched);
}

static void check_bad_alignment(void)
{
  size_t bad[] = {0, 3, 24, 48, 100, 4097, half + 1, SIZE_MAX};
  size_t number;
  for (number = 0; number < sizeof(bad) / sizeof(bad[0]); number++)
  {
    void* result = &number;
    check_null(do_aligned_alloc(bad[number], 64), EINVAL);
    EXPECT(do_posix_memalign(&result, bad[number], 64) == EINVAL && result == &number);
    check_errno(untouched);
  }
  for (number = 1; number < sizeof(void*); number *= 2)
  {
    void* result = &number;
    EXPECT(do_posix_memalign(&result, number, 64) == EINVAL && result == &number);
  }
  /* memalign takes the next power of two. */
  for (number = 0; number < 5000; number++)
  {
    char* object = do_memalign(number, 10);
    size_t alignment = 1;
    while (alignment < number)
      alignment *= 2;
    EXPECT(object != NULL && (uintptr_t)object % alignment == 0);
    do_free(object);
  }
  check_errno(untouched);
  check_null(do_memalign(half + 1, 10), EINVAL);
}

static void check_null_pointer(void)
{
  do_free(NULL);
  EXPECT(usable(NULL) == 0);
  check_errno(untouched);
}

int main(void)
{
  do_free(do_malloc(1));
  errno = untouched;
  check_null_pointer();
  check_every_size();
  check_size_zero();
#ifndef _WIN32
  check_realloc_to_zero_frees();
#endif
  check_refusals();
  check_overflow();
  check_calloc_clears_used_memory();
  check_realloc_keeps();
  check_alignment();
  check_neighbours();
  check_bad_alignment();
  return 0;
}
