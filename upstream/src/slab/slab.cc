#include "slab/slab.h"

#include "os/os.h"
#include "range/access.h"
#include "slab/checked_object.h"
#include "slab/holes.h"

namespace sn
{
namespace
{
// With checks, the labels lie in one block with the words, before them.
size_t label_bytes(const SizeClass& sizes)
{
  return config::checks ? align_up(sizes.slab_objects * sizeof(Label), sizeof(uint64_t)) : 0;
}

size_t granules_for(const SizeClass& sizes)
{
  size_t bytes = label_bytes(sizes) + sizes.words() * sizeof(uint64_t);
  return (bytes + arena::granule_bytes - 1) / arena::granule_bytes;
}

char* block_of(const Slab* slab)
{
  return reinterpret_cast<char*>(slab->words) - label_bytes(slab->size_class());
}

// Of a slab that was just made.
bool has_only_word(const SizeClass& sizes)
{
  return !config::checks && sizes.words() == 1;
}

// With checks: makes the memory of a range accessible, for objects that are all fresh. What others kept there is
// theirs.
[[maybe_unused]] bool open(Slab* slab, size_t bytes)
{
  if (slab->class_index == zero_class)
    return true;
  if (!set_access(slab, 0, bytes, true))
    return false;
  if (!slab->zero && !slab->wiped)
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
  else
  {
    auto* block = static_cast<char*>(arena::allocate_granules(granules_for(sizes)));
    if (block == nullptr)
      return nullptr;
    slab->words = reinterpret_cast<uint64_t*>(block + label_bytes(sizes));
    if constexpr (config::checks)
    {
      fill::clear(uintptr_t(block), uintptr_t(slab->words));
      if (!open(slab, sizes.slab_bytes()))
      {
        arena::free_granules(block, granules_for(sizes));
        return nullptr;
      }
    }
    slab->out = 0;
  }
  for (unsigned number = 0; number < sizes.words(); number++)
    slab->words[number] = low_bits(sizes.slab_objects - number * 64);
  slab->filled = low_bits(sizes.words());
  slab->free_count = sizes.slab_objects;
  name_chunks(range, with_kind(tag, size_class));
  return slab;
}

Range* end_slab(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  SN_ASSERT(slab->free_count == sizes.slab_objects);
  holes::show_all(slab);
  for (unsigned number = 0; number < sizes.words(); number++)
    if (SN_UNLIKELY(slab->words[number] != low_bits(sizes.slab_objects - number * 64)))
      misuse::counted_twice(sizes.bytes);
  return end_slab_in_use(slab);
}

Range* end_slab_in_use(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  name_chunks(slab, free_tag);
  if constexpr (config::checks)
  {
    verify_free_objects(slab);
    verify_held_objects(slab);
    close_all(slab);
    slab->wiped = slab->free_count == sizes.slab_objects;
  }
  slab->zero = slab->fresh = false;
  if (!slab->has_only_word())
    arena::free_granules(block_of(slab), granules_for(sizes));
  return slab;
}
} // namespace sn
