#include "slab/slab.h"

#include "os/os.h"
#include "range/access.h"
#include "slab/object.h"

namespace sn
{
namespace
{
// The words, and with checks the labels behind them.
size_t granules_for(const SizeClass& sizes)
{
  size_t bytes = sizes.words() * sizeof(uint64_t) + (config::checks ? sizes.slab_objects * sizeof(Label) : 0);
  return (bytes + arena::granule_bytes - 1) / arena::granule_bytes;
}

bool has_only_word(const SizeClass& sizes)
{
  return !config::checks && sizes.words() == 1;
}

// With checks: makes the memory of a range accessible, zero, for objects that are all fresh. What others kept there is
// theirs.
bool open(Slab* slab, size_t bytes)
{
  if (slab->class_index == zero_class)
    return true;
  if (!set_access(slab, 0, bytes, true))
    return false;
  if (!slab->zero)
    fill::clear(slab->base, slab->base + bytes);
  return true;
}

void name_chunks(const Range* range, Tag tag)
{
  uint32_t index = arena::index_of(range);
  for (uint32_t chunk = 0; chunk < range->chunks; chunk++)
  {
    Entry& entry = page_map::entry_of(range->base + (size_t(chunk) << config::chunk_log2));
    entry.range.store(index, std::memory_order_relaxed);
    entry.tag.store(tag, std::memory_order_relaxed);
  }
}
} // namespace

Slab* make_slab(Range* range, unsigned size_class, Tag tag)
{
  const SizeClass& sizes = size_classes.of[size_class];
  auto* slab = static_cast<Slab*>(range);
  slab->class_index = uint8_t(size_class);
  if (has_only_word(sizes))
    slab->words = &slab->only_word;
  else if ((slab->words = static_cast<uint64_t*>(arena::allocate(granules_for(sizes)))) == nullptr)
    return nullptr;
  if (config::checks && !open(slab, sizes.slab_bytes()))
  {
    arena::free(slab->words, granules_for(sizes));
    return nullptr;
  }
  for (unsigned number = 0; number < sizes.words(); number++)
    slab->words[number] = low_bits(sizes.slab_objects - number * 64);
  if constexpr (config::checks)
    fill::clear(uintptr_t(slab->labels()), uintptr_t(slab->labels() + sizes.slab_objects));
  slab->filled = low_bits(sizes.words());
  slab->free_count = sizes.slab_objects;
  name_chunks(range, tag | size_class);
  return slab;
}

Range* end_slab(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  SN_ASSERT(slab->free_count == sizes.slab_objects);
  name_chunks(slab, free_tag);
  if constexpr (config::checks)
  {
    verify_free_objects(slab);
    close_all(slab);
    slab->zero = false;
  }
  if (!has_only_word(sizes))
    arena::free(slab->words, granules_for(sizes));
  return slab;
}
} // namespace sn
