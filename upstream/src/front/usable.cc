#include "front/usable.h"

#include "front/checked.h"
#include "front/large.h"
#include "range/space.h"

namespace sn
{
namespace
{
// Who frees a large object takes its tag away, and then, or when its heap keeps it no longer, gives its range back
// under the lock. So what is tagged here is in use, and its range stays what it is. With checks a chunk inside is
// tagged, too: acquire pairs with the release in tag_chunks(), so that its entry names the range.
size_t find_large_bytes(uintptr_t address)
{
  space::Still still;
  if (page_map::find_entry(address).tag.load(std::memory_order_acquire) != large_tag)
    return 0;
  const auto* large = large_at(reinterpret_cast<const void*>(address));
  if (large->base != address)
    return 0;
  return config::checks ? size_t(large->layout.size) : large->bytes();
}

// The first chunk of a slab, found without its metadata: all its entries are the same, and that before it is another
// range's, which has another name, or nobody's, which has no tag.
uintptr_t find_slab_base(uintptr_t address, const Entry& own, size_t slab_chunks)
{
  Tag tag = own.tag.load(std::memory_order_relaxed);
  uint32_t range = own.range.load(std::memory_order_relaxed);
  uintptr_t base = align_down(address, config::chunk_bytes);
  for (size_t more = slab_chunks - 1; more > 0; more--)
  {
    const Entry& before = page_map::find_entry(base - config::chunk_bytes);
    if (before.tag.load(std::memory_order_relaxed) != tag || before.range.load(std::memory_order_relaxed) != range)
      break;
    base -= config::chunk_bytes;
  }
  return base;
}

size_t find_small_bytes(uintptr_t address, const Entry& entry, unsigned size_class)
{
  const SizeClass& sizes = size_classes.of[size_class];
  size_t offset = address - find_slab_base(address, entry, sizes.slab_chunks);
  unsigned number = sizes.object_at(offset);
  return number < sizes.slab_objects && number * size_t(sizes.bytes) == offset ? sizes.bytes : 0;
}

// With checks the object's label knows, which lies with the slab's words: they stay while the heap's owner is in no
// slow path.
[[maybe_unused]] size_t find_labelled_bytes(const void* address, Tag tag)
{
  Heap* own = own_heap();
  if (own == nullptr || owner_of(own->tag) != owner_of(tag))
    return registry::size_in_slab(address, tag);
  SlowPath slow(*own);
  return page_map::find_tag(uintptr_t(address)) == tag ? CheckedObject::live_size_at(address) : 0;
}
} // namespace

size_t find_usable_bytes(const void* object)
{
  auto address = uintptr_t(object);
  const Entry& entry = page_map::find_entry(address);
  Tag tag = entry.tag.load(std::memory_order_relaxed);
  if (tag == large_tag)
    return find_large_bytes(address);
  if (owner_of(tag) == 0) // free, or foreign
    return 0;
  if constexpr (config::checks)
    return find_labelled_bytes(object, tag);
  return find_small_bytes(address, entry, kind_of(tag));
}

size_t usable_bytes(const void* object)
{
  if constexpr (config::checks)
    return checked::usable_bytes(object);
  auto address = uintptr_t(object);
  Tag tag = page_map::find_tag(address);
  const Range* range = tag == no_tag ? nullptr : range_at(address);
  if (range == nullptr)
    return 0;
  size_t offset = address - range->base;
  if (tag == large_tag)
    return offset == 0 ? range->bytes() : 0;
  const SizeClass& sizes = size_classes.of[kind_of(tag)];
  unsigned number = sizes.object_at(offset);
  return number < sizes.slab_objects && number * size_t(sizes.bytes) == offset ? sizes.bytes : 0;
}

size_t good_bytes(size_t alignment, size_t size)
{
  if (size > space::max_bytes || alignment > space::max_bytes)
    return 0;
  if constexpr (config::checks)
    return size;
  if (size == 0)
    size = 1;
  size_t last = last_offset(alignment, size);
  return is_small(last) ? class_bytes(class_of(last)) : size_t(space::chunks_for(size)) << config::chunk_log2;
}
} // namespace sn
