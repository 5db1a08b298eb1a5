#include "slab/slab.h"

#include "os/os.h"

namespace sn
{
namespace
{
constexpr size_t words_per_granule = arena::granule_bytes / sizeof(uint64_t);

size_t granules_for(unsigned words)
{
  return (words + words_per_granule - 1) / words_per_granule;
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
  unsigned words = sizes.words();
  if (words == 1)
    slab->words = &slab->only_word;
  else if ((slab->words = static_cast<uint64_t*>(arena::allocate(granules_for(words)))) == nullptr)
    return nullptr;
  for (unsigned number = 0; number < words; number++)
    slab->words[number] = low_bits(sizes.slab_objects - number * 64);
  slab->filled = low_bits(words);
  slab->free_count = sizes.slab_objects;
  slab->class_index = uint8_t(size_class);
  name_chunks(range, tag | size_class);
  return slab;
}

Range* end_slab(Slab* slab)
{
  SN_ASSERT(slab->free_count == slab->size_class().slab_objects);
  name_chunks(slab, 0);
  if (slab->words != &slab->only_word)
    arena::free(slab->words, granules_for(slab->size_class().words()));
  return slab;
}
} // namespace sn
