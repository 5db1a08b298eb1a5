/* A library that a program loads first, and that stands in front of functions of the C library, as those do that fake
   the time or trace calls: it allocates before it passes each call on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Volatile: compilers know that malloc() calls nothing of ours. */
static __thread volatile int is_inside;

static void allocate(void)
{
  if (is_inside)
    return;
  is_inside = 1;
  char* small = calloc(3, 50);
  char* large = malloc(300000);
  large[0] = 1;
  large = realloc(large, 700000);
  char* text = strdup("what a library of others may need");
  free(small);
  free(large);
  free(text);
  is_inside = 0;
}

/* The function behind the one that is called. To look it up may allocate, too. */
#define BEHIND(name) \
  static __typeof__(name)* behind; \
  if (behind == NULL) \
  { \
    int was_inside = is_inside; \
    is_inside = 1; \
    behind = (__typeof__(name)*)dlsym(RTLD_NEXT, #name); \
    is_inside = was_inside; \
  } \
  allocate()

int clock_gettime(clockid_t clock, struct timespec* now)
{
  BEHIND(clock_gettime);
  return behind(clock, now);
}

void* mmap(void* start, size_t bytes, int protection, int flags, int file, off_t offset)
{
  BEHIND(mmap);
  return behind(start, bytes, protection, flags, file, offset);
}

int munmap(void* start, size_t bytes)
{
  BEHIND(munmap);
  return behind(start, bytes);
}

int mprotect(void* start, size_t bytes, int protection)
{
  BEHIND(mprotect);
  return behind(start, bytes, protection);
}

int madvise(void* start, size_t bytes, int advice)
{
  BEHIND(madvise);
  return behind(start, bytes, advice);
}

void* mremap(void* start, size_t old_bytes, size_t new_bytes, int flags, ...)
{
  va_list rest;
  va_start(rest, flags);
  void* to = va_arg(rest, void*);
  va_end(rest);
  BEHIND(mremap);
  return behind(start, old_bytes, new_bytes, flags, to);
}

long syscall(long number, ...)
{
  long words[6];
  va_list rest;
  va_start(rest, number);
  for (int word = 0; word < 6; word++)
    words[word] = va_arg(rest, long);
  va_end(rest);
  BEHIND(syscall);
  return behind(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

ssize_t write(int file, const void* text, size_t bytes)
{
  BEHIND(write);
  return behind(file, text, bytes);
}

ssize_t writev(int file, const struct iovec* pieces, int count)
{
  BEHIND(writev);
  return behind(file, pieces, count);
}

long sysconf(int name)
{
  BEHIND(sysconf);
  return behind(name);
}

unsigned long getauxval(unsigned long type)
{
  BEHIND(getauxval);
  return behind(type);
}

int pthread_setspecific(unsigned key, const void* value)
{
  static int (*behind)(unsigned, const void*);
  if (behind == NULL)
    behind = (int (*)(unsigned, const void*))dlsym(RTLD_NEXT, "pthread_setspecific");
  allocate();
  return behind(key, value);
}
