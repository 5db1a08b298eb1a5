// What the C library's functions that tell of its allocator's memory say of this one.
#include "abi/posix.h"
#include "os/posix.h"
#include "snmalloc.h"

#include <limits.h>
#include <stdio.h>

namespace
{
// As <malloc.h> declares them, in every C library that does.
template<typename Number>
struct MallocInfo
{
  Number arena;    // held for objects, in use or free
  Number ordblks;  // free small objects
  Number smblks;   // of these, in magazines
  Number hblks;    // large objects
  Number hblkhd;   // bytes in large objects
  Number usmblks;  // always 0, as in glibc
  Number fsmblks;  // bytes in magazines
  Number uordblks; // bytes in use
  Number fordblks; // the rest of `arena`
  Number keepcost; // what malloc_trim() would give back at least
};

static_assert(sizeof(MallocInfo<int>) == 10 * sizeof(int) && sizeof(MallocInfo<size_t>) == 10 * sizeof(size_t));

sn_stats read_stats()
{
  sn_stats stats;
  sn_read_stats(&stats);
  return stats;
}

template<typename Number>
Number saturate(size_t amount, Number most)
{
  return amount < size_t(most) ? Number(amount) : most;
}

template<typename Number>
MallocInfo<Number> malloc_info(Number most)
{
  sn_stats stats = read_stats();
  size_t cached = 0;
  size_t free = 0;
  for (const sn_class_stats& of_class : stats.classes)
  {
    cached += of_class.cached_objects;
    free += of_class.free_objects;
  }
  size_t arena = stats.held_bytes - stats.metadata_bytes;
  size_t used = stats.live_bytes < arena ? stats.live_bytes : arena;
  MallocInfo<Number> info{};
  info.arena = saturate(arena, most);
  info.ordblks = saturate(cached + free, most);
  info.smblks = saturate(cached, most);
  info.hblks = saturate(stats.large_allocations - stats.large_frees, most);
  info.hblkhd = saturate(stats.large_live_bytes, most);
  info.fsmblks = saturate(stats.cached_bytes, most);
  info.uordblks = saturate(used, most);
  info.fordblks = saturate(arena - used, most);
  info.keepcost = saturate(stats.free_bytes, most);
  return info;
}
} // namespace

extern "C" {
SN_EXPORT MallocInfo<int> SN_SHIM_NAME(mallinfo)() noexcept
{
  return malloc_info(INT_MAX);
}

SN_EXPORT MallocInfo<size_t> SN_SHIM_NAME(mallinfo2)() noexcept
{
  return malloc_info(~size_t(0));
}

// glibc's three lines, for all arenas together. As there, no thread ends in it, nor in malloc_info().
SN_EXPORT void SN_SHIM_NAME(malloc_stats)() noexcept
{
  sn::os::NotCancelled stay;
  sn_stats stats = read_stats();
  fprintf(
    stderr, "Total (incl. mmap):\nsystem bytes     = %10zu\nin use bytes     = %10zu\nmax system bytes = %10zu\n",
    stats.held_bytes, stats.live_bytes, stats.peak_bytes);
}

// glibc's elements where they fit, and its attributes; one heap stands for all.
SN_EXPORT int SN_SHIM_NAME(malloc_info)(int options, FILE* stream) noexcept
{
  if (options != 0)
    return EINVAL;
  sn::os::NotCancelled stay;
  sn_stats stats = read_stats();
  fprintf(stream, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n");
  size_t from = 1;
  for (const sn_class_stats& of_class : stats.classes)
  {
    size_t free = of_class.cached_objects + of_class.free_objects;
    if (of_class.object_bytes == 0)
      break;
    if (free != 0)
      fprintf(
        stream, "  <size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n", from, of_class.object_bytes,
        free * of_class.object_bytes, free);
    from = of_class.object_bytes + 1;
  }
  fprintf(stream, "</sizes>\n</heap>\n");
  fprintf(
    stream, "<total type=\"fast\" count=\"0\" size=\"%zu\"/>\n<total type=\"rest\" count=\"0\" size=\"%zu\"/>\n",
    stats.cached_bytes, stats.slab_free_bytes + stats.free_bytes);
  fprintf(
    stream, "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n", stats.large_allocations - stats.large_frees,
    stats.large_live_bytes);
  fprintf(
    stream, "<system type=\"current\" size=\"%zu\"/>\n<system type=\"max\" size=\"%zu\"/>\n", stats.held_bytes,
    stats.peak_bytes);
  fprintf(stream, "<aspace type=\"total\" size=\"%zu\"/>\n</malloc>\n", stats.reserved_bytes);
  return 0;
}
}
