/* The C interface as C sees it, with every edge that its contract names. */
#include "expect.h"
#include "snmalloc.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const size_t MiB = 1024 * 1024;
static const unsigned pointer_bits = sizeof(size_t) * 8;

static int static_object;

static void check_all_zero(const char* start, size_t size)
{
  size_t offset;
  for (offset = 0; offset < size; offset++)
    EXPECT(start[offset] == 0);
}

static void check_sizes(void)
{
  size_t alignment, size;
  for (alignment = 1; alignment <= 4 * MiB; alignment *= 2)
    for (size = 0; size <= 3 * MiB; size = size * 2 + 1)
    {
      char* object = sn_rust_alloc(alignment, size);
      EXPECT(object != NULL && (uintptr_t)object % alignment == 0);
      EXPECT(sn_rust_usable_size(object) >= size);
      EXPECT(sn_rust_usable_size(object) == sn_rust_good_size(alignment, size));
      memset(object, 1, sn_rust_usable_size(object));
      sn_rust_dealloc(object, alignment, size);
      object = sn_rust_alloc_zeroed(alignment, size);
      EXPECT(object != NULL && (uintptr_t)object % alignment == 0);
      check_all_zero(object, size);
      sn_rust_dealloc(object, alignment, size);
    }
}

static void check_size_zero(void)
{
  void* first = sn_rust_alloc(1, 0);
  void* second = sn_rust_alloc_zeroed(1, 0);
  void* aligned = sn_rust_alloc(2 * MiB, 0);
  EXPECT(first != NULL && second != NULL && aligned != NULL && first != second);
  EXPECT((uintptr_t)aligned % (2 * MiB) == 0);
  first = sn_rust_realloc(first, 1, 0, 0);
  EXPECT(first != NULL && first != second);
  first = sn_rust_realloc(first, 1, 0, 100);
  EXPECT(first != NULL);
  first = sn_rust_realloc(first, 1, 100, 0);
  EXPECT(first != NULL);
  sn_rust_dealloc(first, 1, 0);
  sn_rust_dealloc(second, 1, 0);
  sn_rust_dealloc(aligned, 2 * MiB, 0);
}

/* Null, or a pointer that is as promised. */
static void try_huge(size_t alignment, size_t size)
{
  char* object = sn_rust_alloc(alignment, size);
  char* zeroed;
  if (object != NULL)
  {
    EXPECT((uintptr_t)object % alignment == 0 && sn_rust_usable_size(object) >= size);
    object[0] = 1;
    object[size - 1] = 1;
    sn_rust_dealloc(object, alignment, size);
  }
  zeroed = sn_rust_alloc_zeroed(alignment, size);
  if (zeroed != NULL)
  {
    EXPECT((uintptr_t)zeroed % alignment == 0 && sn_rust_usable_size(zeroed) >= size);
    EXPECT(zeroed[0] == 0 && zeroed[size - 1] == 0);
    sn_rust_dealloc(zeroed, alignment, size);
  }
}

static void check_huge(void)
{
  unsigned bit;
  size_t nearby;
  char* object = sn_rust_alloc(16, 100);
  memset(object, 7, 100);
  for (nearby = 0; nearby < 70000; nearby += nearby < 40 ? 1 : 997)
  {
    EXPECT(sn_rust_alloc(1, SIZE_MAX - nearby) == NULL);
    EXPECT(sn_rust_alloc_zeroed(4096, SIZE_MAX - nearby) == NULL);
    EXPECT(sn_rust_alloc(1, (size_t)PTRDIFF_MAX - nearby) == NULL);
    EXPECT(sn_rust_realloc(object, 16, 100, SIZE_MAX - nearby) == NULL);
    EXPECT(sn_rust_realloc(NULL, 16, 0, SIZE_MAX - nearby) == NULL);
  }
  for (bit = pointer_bits == 32 ? 30 : 36; bit < pointer_bits; bit++)
  {
    size_t size = (size_t)1 << bit;
    try_huge(1, size);
    try_huge(1, size - 1);
    try_huge(1, size - 16385);
    try_huge(1, size + 1);
    if (bit >= 48)
      EXPECT(sn_rust_realloc(object, 16, 100, size) == NULL);
  }
  for (nearby = 0; nearby < 100; nearby++)
    EXPECT(object[nearby] == 7);
  sn_rust_dealloc(object, 16, 100);
}

static void check_huge_alignment(void)
{
  unsigned bit;
  char* object = sn_rust_alloc(1024 * MiB, 10);
  EXPECT(object != NULL && (uintptr_t)object % (1024 * MiB) == 0);
  memset(object, 3, 10);
  object = sn_rust_realloc(object, 1024 * MiB, 10, 3 * MiB);
  EXPECT(object != NULL && (uintptr_t)object % (1024 * MiB) == 0 && object[9] == 3);
  sn_rust_dealloc(object, 1024 * MiB, 3 * MiB);
  for (bit = 30; bit < pointer_bits; bit++)
  {
    try_huge((size_t)1 << bit, 1);
    try_huge((size_t)1 << bit, 100000);
  }
}

static void check_realloc(void)
{
  size_t sizes[] = {1, 16, 17, 100, 5000, 32768, 32769, 100000, 3000000, 9000000, 40000000, 2000000, 50000, 60, 1};
  size_t number, offset, old_size = 1;
  char* object = sn_rust_realloc(NULL, 1, 0, 1);
  object[0] = 'a';
  for (number = 1; number < sizeof(sizes) / sizeof(sizes[0]); number++)
  {
    size_t size = sizes[number];
    object = sn_rust_realloc(object, 1, old_size, size);
    EXPECT(object != NULL && sn_rust_usable_size(object) >= size);
    for (offset = 0; offset < (old_size < size ? old_size : size); offset++)
      EXPECT(object[offset] == (char)('a' + offset % 23));
    for (offset = 0; offset < size; offset++)
      object[offset] = (char)('a' + offset % 23);
    old_size = size;
  }
  EXPECT(sn_rust_realloc(object, 1, 1, 2) == object);
  sn_rust_dealloc(object, 1, 2);
}

static void check_usable_size(void)
{
  int local;
  char* small = sn_rust_alloc(1, 1000);
  char* large = sn_rust_alloc(1, 3 * MiB);
  size_t offset;
  EXPECT(sn_rust_usable_size(NULL) == 0);
  EXPECT(sn_rust_usable_size(&local) == 0);
  EXPECT(sn_rust_usable_size(&static_object) == 0);
  EXPECT(sn_rust_usable_size((void*)1) == 0);
  EXPECT(sn_rust_usable_size((void*)UINTPTR_MAX) == 0);
  EXPECT(sn_rust_usable_size((void*)((uintptr_t)1 << (sizeof(void*) * 8 - 1))) == 0);
  for (offset = 1; offset < 1000; offset++)
    EXPECT(sn_rust_usable_size(small + offset) == 0);
  for (offset = 1; offset < 3 * MiB; offset += offset < 70000 ? 1 : 4093)
    EXPECT(sn_rust_usable_size(large + offset) == 0);
  EXPECT(sn_rust_usable_size(large) >= 3 * MiB);
  sn_rust_dealloc(small, 1, 1000);
  sn_rust_dealloc(large, 1, 3 * MiB);
  EXPECT(sn_rust_usable_size(large) == 0);
}

static void check_statistics(void)
{
  size_t before, after, current, peak;
  void* object;
  sn_rust_statistics(NULL, NULL);
  sn_rust_statistics(&before, NULL);
  sn_rust_statistics(NULL, &peak);
  EXPECT(before > 0 && peak >= before);
  object = sn_rust_alloc(1, 200 * MiB);
  EXPECT(object != NULL);
  sn_rust_statistics(&current, &peak);
  EXPECT(current >= before + 190 * MiB && current <= before + 201 * MiB && peak >= current);
  sn_rust_dealloc(object, 1, 200 * MiB);
  sn_rust_statistics(&after, &current);
  EXPECT(after <= before + 9 * MiB && current == peak);
}

/* Of this thread; 0 where not every operation is counted. */
static void check_thread_counters(void)
{
  size_t allocated = 1, freed = 1, allocated_then, freed_then;
  struct sn_stats stats;
  sn_read_stats(&stats);
  sn_thread_counters(NULL, NULL);
  sn_thread_counters(&allocated, NULL);
  sn_thread_counters(NULL, &freed);
  sn_rust_dealloc(sn_rust_alloc(8, 1024 - 1), 8, 1024 - 1);
  sn_thread_counters(&allocated_then, &freed_then);
  EXPECT(allocated_then == allocated + 1024 * stats.counts_operations);
  EXPECT(freed_then == freed + 1024 * stats.counts_operations);
  EXPECT(stats.counts_operations != 0 || (allocated == 0 && freed == 0));
}

int main(void)
{
  sn_rust_dealloc(sn_rust_alloc(1, 1), 1, 1);
  errno = 77;
  check_statistics();
  check_thread_counters();
  check_sizes();
  check_size_zero();
  check_realloc();
  check_usable_size();
  check_huge_alignment();
  check_huge();
  EXPECT(errno == 77);
  return 0;
}
