/* What C code does with memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __GLIBC__ /* where they are not the C library's, they are the allocator's all the same */
#  define M_MMAP_THRESHOLD (-3)
void* pvalloc(size_t size);
int mallopt(int option, int value);
int malloc_trim(size_t padding);
#endif

void* c_malloc(size_t size)
{
  return malloc(size);
}

void* c_realloc(void* ptr, size_t size)
{
  return realloc(ptr, size);
}

void c_free(void* ptr)
{
  free(ptr);
}

/* Of the C library's own making. */
char* c_strdup(const char* text)
{
  return strdup(text);
}

size_t c_usable_size(void* ptr)
{
  return malloc_usable_size(ptr);
}

/* Every function that allocates, and those of the C library that do so inside; returns the line of what is wrong, or 0. */
int c_work(void)
{
#define EXPECT(condition) \
  if (!(condition)) \
    return __LINE__
  static volatile size_t too_much = SIZE_MAX;
  static void* (*volatile do_malloc)(size_t) = malloc; /* compilers leave out one whose result is only compared */
  void *object, *last = NULL;
  char *text, *line = NULL;
  size_t capacity = 0, round;
  FILE* stream;
  for (round = 0; round < 1000; round++)
  {
    size_t size = round * round;
    EXPECT((object = malloc(size)) != NULL && malloc_usable_size(object) >= size);
    memset(object, 1, size);
    free(object);
    EXPECT((object = calloc(round + 1, 7)) != NULL && ((char*)object)[7 * round] == 0);
    EXPECT((object = reallocarray(object, round + 1, 100)) != NULL);
    free(last);
    last = object;
    EXPECT(posix_memalign(&object, 4096, size) == 0 && (uintptr_t)object % 4096 == 0);
    free(object);
    EXPECT((object = aligned_alloc(256, 256)) != NULL && (uintptr_t)object % 256 == 0);
    free(object);
    EXPECT((object = memalign(64, size)) != NULL && (uintptr_t)object % 64 == 0);
    free(object);
    EXPECT((object = valloc(size)) != NULL && (uintptr_t)object % 4096 == 0);
    free(object);
    EXPECT((object = pvalloc(size)) != NULL && malloc_usable_size(object) % 4096 == 0);
    free(object);
    EXPECT(asprintf(&text, "%zu bytes", size) > 0);
    free(text);
  }
  free(last);
  errno = 0;
  EXPECT(do_malloc(too_much) == NULL && errno == ENOMEM);
  EXPECT((stream = open_memstream(&text, &capacity)) != NULL);
  EXPECT(fprintf(stream, "a line\n") == 7 && fclose(stream) == 0);
  EXPECT((stream = fmemopen(text, capacity, "r")) != NULL && getline(&line, &capacity, stream) == 7);
  fclose(stream);
  free(line);
  free(text);
  EXPECT((text = realpath("/", NULL)) != NULL);
  free(text);
  EXPECT(setenv("SN_OF_A_TEST", "yes", 1) == 0 && unsetenv("SN_OF_A_TEST") == 0);
  EXPECT(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
  EXPECT(malloc_trim(0) >= 0);
  return 0;
}
