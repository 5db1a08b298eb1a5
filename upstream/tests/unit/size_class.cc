// Size classes: every request has one that is large enough, aligned, and not wasteful; object numbers are exact.
#include "core.h"

#include <algorithm>

using namespace sn;

namespace
{
void check_requests()
{
  for (size_t size = 1; size <= config::small_max_bytes; size++)
    for (size_t alignment = 1; alignment <= config::small_max_bytes; alignment *= 2)
    {
      size_t last = last_offset(alignment, size);
      if (last >= config::small_max_bytes)
      {
        EXPECT(size > config::small_max_bytes || alignment > config::small_max_bytes);
        continue;
      }
      unsigned size_class = class_table.of[last / class_step_bytes];
      EXPECT(size_class < class_count);
      size_t bytes = class_bytes(size_class);
      EXPECT(bytes >= size && bytes % alignment == 0);
      bool is_panic = config::aligns_panics && class_bytes(size_class - 1) == config::panic_bytes;
      EXPECT(size_class == 0 || is_panic || class_bytes(size_class - 1) <= last); // the smallest that will do
      EXPECT(!config::aligns_panics || bytes % 16 == 0 || bytes < config::panic_bytes);
      if (alignment <= 16 && size > 64)
        EXPECT(bytes - size <= size / 4);
    }
  EXPECT(last_offset(1, 0) >= config::small_max_bytes);
  EXPECT(last_offset(2 * config::small_max_bytes, 1) >= config::small_max_bytes);
}

void check_slabs(size_t page_chunks, SlabRule rule)
{
  SizeClasses classes = make_size_classes(page_chunks, rule);
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    const SizeClass& sizes = classes.of[size_class];
    EXPECT_EQUAL(sizes.bytes, class_bytes(size_class));
    EXPECT(sizes.slab_chunks % page_chunks == 0 && sizes.slab_chunks <= max_slab_chunks);
    EXPECT(is_power_of_two(sizes.slab_chunks) && sizes.words() <= max_slab_words);
    EXPECT(sizes.slab_objects >= rule.min_objects || sizes.slab_chunks == max_slab_chunks);
    EXPECT_EQUAL(sizes.slab_objects, std::min(sizes.slab_bytes() / sizes.bytes, max_slab_objects));
    EXPECT(page_chunks > 2 || sizes.slab_objects == sizes.slab_bytes() / sizes.bytes);
    // Aligned at every object: the slab's base is aligned to as much as the class promises.
    size_t natural = sizes.bytes & (0 - size_t(sizes.bytes));
    EXPECT(slab_align_chunks(sizes.slab_chunks) * config::chunk_bytes % natural == 0);
    for (size_t offset = 0; offset < sizes.slab_bytes(); offset++)
      if (sizes.object_at(offset) != offset / sizes.bytes)
        EXPECT_EQUAL(sizes.object_at(offset), offset / sizes.bytes);
  }
}

// Slabs of one size come from a list of their own.
void check_range_lists()
{
  unsigned index = 0;
  for (uint32_t chunks = 1; chunks <= max_slab_chunks; chunks *= 2)
    EXPECT_EQUAL(RangeCache::index_of(chunks_with_guard(chunks)), index++);
  EXPECT_EQUAL(index, RangeCache::list_count);
}
} // namespace

int main()
{
  check_range_lists();
  check_requests();
  for (size_t page_chunks = 1; page_chunks <= 4; page_chunks *= 2)
    for (SlabRule rule : {usual_slabs, small_slabs})
      check_slabs(page_chunks, rule);
}
