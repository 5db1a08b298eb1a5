#include "front/region.h"

#include "heap/registry.h"
#include "meta/arena.h"
#include "meta/page_map.h"
#include "os/os.h"
#include "range/space.h"

#include <string.h>

namespace sn::region
{
namespace
{
bool is_given = false;

size_t whole_pages(size_t bytes)
{
  return align_up(bytes, os::page_bytes());
}
} // namespace

bool add(void* start, size_t bytes)
{
  uintptr_t first = whole_pages(uintptr_t(start));
  uintptr_t end = align_down(uintptr_t(start) + bytes, config::chunk_bytes);
  if (is_given || first >= end || end - first > space::max_bytes)
    return false;
  size_t fixed =
    whole_pages(page_map::bytes_for(end - first)) + whole_pages(registry::slots_per_segment * sizeof(HeapSlot));
  size_t flexible = whole_pages(sizeof(Heap)) + os::page_bytes() + whole_pages((end - first) / 64);
  uintptr_t objects = align_up(first + fixed + flexible, config::chunk_bytes);
  if (objects >= end)
    return false;
  is_given = true;
  memset(reinterpret_cast<void*>(first), 0, objects - first);
  os::give(reinterpret_cast<void*>(first), fixed);
  arena::give(reinterpret_cast<void*>(first + fixed), objects - first - fixed);
  return space::add(objects, end - objects);
}
} // namespace sn::region
