// Memory that is not the allocator's, by name; each at a multiple of 16, if that is in its nature.
#pragma once

#include "../misuse.h"

#include <sys/mman.h>

namespace others
{
inline bool is_named(const char* name, const char* wanted)
{
  return strncmp(name, wanted, strcspn(name, ":")) == 0;
}

inline void* from_getline()
{
  char* line = nullptr;
  size_t capacity = 0;
  FILE* file = fopen("/proc/self/status", "r");
  EXPECT(file != nullptr && getline(&line, &capacity, file) > 0 && fclose(file) == 0);
  return line;
}

// Of a page that starts with zeros, or of one that is mapped no more.
inline void* from_system(bool is_mapped)
{
  void* page = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(page != MAP_FAILED && (is_mapped || munmap(page, 1 << 20) == 0));
  return page;
}

alignas(16) inline char data[100] = "data";

// `local` is on the caller's stack.
inline void* find(const char* name, char* local)
{
  if (is_named(name, "malloc"))
    return malloc(100);
  if (is_named(name, "large_malloc"))
    return malloc(1000000);
  if (is_named(name, "strdup"))
    return strdup("a string");
  if (is_named(name, "getline"))
    return from_getline();
  if (is_named(name, "mapped"))
    return from_system(true);
  if (is_named(name, "unmapped"))
    return from_system(false);
  if (is_named(name, "data"))
    return data;
  if (is_named(name, "stack"))
    return local;
  return reinterpret_cast<void*>(strtoull(name, nullptr, 0)); // no address of anything
}
} // namespace others
