#include "meta/page_map.h"

#include "os/guarded.h"

namespace sn::page_map
{
alignas(line_bytes) std::atomic<uintptr_t> sn_page_map_root[root_entries];

namespace
{
constexpr size_t leaf_bytes = leaf_entries * sizeof(Entry);

// Without a system: what the one leaf covers.
uintptr_t covered_start = 0;
size_t covered_bytes = 0;

[[maybe_unused]] bool cover_once(uintptr_t start, size_t bytes)
{
  void* leaf =
    covered_bytes != 0 ? nullptr : os::reserve(align_up(bytes_for(bytes), os::page_bytes()), os::page_bytes());
  if (leaf == nullptr)
    return false;
  covered_start = start;
  covered_bytes = bytes;
  sn_page_map_root[0].store(uintptr_t(leaf) - bytes_for(start), std::memory_order_relaxed);
  return true;
}
} // namespace

bool is_covered(uintptr_t address)
{
  return address - covered_start < covered_bytes;
}

bool ensure(uintptr_t start, size_t bytes)
{
  if constexpr (!config::has_system)
    return cover_once(start, bytes);
  size_t last = (start + (bytes - 1)) >> leaf_log2;
  if (last >= root_entries)
    return false;
  for (size_t index = start >> leaf_log2; index <= last; index++)
    if (sn_page_map_root[index].load(std::memory_order_relaxed) == 0)
    {
      void* leaf = os::reserve_committed(leaf_bytes, os::page_bytes());
      if (leaf == nullptr)
        return false;
      sn_page_map_root[index].store(uintptr_t(leaf) - index * leaf_bytes, std::memory_order_release);
    }
  return true;
}

void release_all()
{
  for (size_t index = 0; index < root_entries; index++)
    if (uintptr_t origin = sn_page_map_root[index].load(std::memory_order_relaxed))
    {
      os::release_guarded(reinterpret_cast<void*>(origin + index * leaf_bytes), leaf_bytes);
      sn_page_map_root[index].store(0, std::memory_order_relaxed);
    }
}
} // namespace sn::page_map
