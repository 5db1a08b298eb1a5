// Size classes: multiples of 8 up to 64 bytes, then four to a doubling up to small_max_bytes.
//
// Objects lie at multiples of their class size from a base that is aligned to a chunk (to two chunks for the largest
// class), so every object is aligned to the lowest set bit of its class size, and a request for `size` bytes at a
// multiple of `alignment` is met by the class of ((alignment - 1) | (size - 1)) + 1 bytes. class_table at the end of
// this file decides; front/allocate.h asks it.
#pragma once

#include "base/bits.h"
#include "base/line.h"

namespace sn
{
constexpr size_t class_step_bytes = 8;
// Not 8 with checks, where an object has a byte more than was asked for. Not 8 without a system either, which has no
// room for the metadata of such small objects.
constexpr size_t least_class_bytes = config::checks || !config::has_system ? 16 : 8;
// Classes up to 64 bytes, one to a step.
constexpr unsigned fine_class_count = (64 - least_class_bytes) / class_step_bytes + 1;
// With checks the C interface's objects of no bytes have a class of their own, whose memory is never accessible.
constexpr unsigned zero_class = fine_class_count + 9 * 4;
constexpr unsigned class_count = config::checks ? zero_class + 1 : zero_class;

// The largest offset inside the requested object. Below small_max_bytes it has a size class. For size 0 it wraps, and
// has none.
SN_INLINE size_t last_offset(size_t alignment, size_t size)
{
  return (alignment - 1) | (size - 1);
}

// Whether a request with that last offset has a size class.
SN_INLINE bool is_small(size_t last)
{
  return last < config::small_max_bytes;
}

constexpr size_t class_bytes(unsigned size_class)
{
  if (config::checks && size_class == zero_class)
    return least_class_bytes;
  if (size_class < fine_class_count)
    return least_class_bytes + size_class * class_step_bytes;
  unsigned above = size_class - fine_class_count;
  return (size_t(64) + 16 * (above % 4 + 1)) << (above / 4);
}
// What figures say that an object has.
constexpr size_t counted_bytes(unsigned size_class)
{
  return size_class == zero_class ? 0 : class_bytes(size_class);
}
static_assert(class_bytes(zero_class - 1) == config::small_max_bytes, "the last class is the largest small size");

// What the allocator needs to know of a class.
struct SizeClass
{
  uint32_t bytes;
  uint32_t reciprocal; // ceil(2^32 / bytes): offset * reciprocal >> 32 is the object's number
  uint16_t slab_chunks;
  uint16_t slab_objects;

  size_t slab_bytes() const { return size_t(slab_chunks) << config::chunk_log2; }
  unsigned words() const { return (slab_objects + 63u) / 64; }
  unsigned object_at(size_t offset) const { return unsigned(uint64_t(offset) * reciprocal >> 32); }
};

constexpr size_t max_slab_chunks = 16;
constexpr size_t max_slab_words = 64;
constexpr size_t max_slab_objects = 64 * max_slab_words;

// How large slabs are: large ones are seldom made, and small ones take little memory for each class of each thread.
struct SlabRule
{
  size_t min_chunks;
  size_t min_objects;
};
constexpr SlabRule usual_slabs = {config::slab_min_chunks, 8};
constexpr SlabRule small_slabs = {1, 2};

// The smallest slab by that rule that is a power of two of whole pages and wastes at most a 16th. For the smallest
// objects it holds no more than its bits can tell apart, unless a page does.
constexpr SizeClass make_size_class(unsigned size_class, size_t page_chunks, SlabRule rule)
{
  size_t bytes = class_bytes(size_class);
  size_t chunks = page_chunks > rule.min_chunks ? page_chunks : rule.min_chunks;
  while (chunks > page_chunks && chunks * config::chunk_bytes / bytes > max_slab_objects)
    chunks /= 2;
  for (; chunks < max_slab_chunks; chunks *= 2)
  {
    size_t slab_bytes = chunks * config::chunk_bytes;
    if (slab_bytes / bytes >= rule.min_objects && slab_bytes % bytes <= slab_bytes / 16)
      break;
  }
  size_t objects = chunks * config::chunk_bytes / bytes;
  return {
    uint32_t(bytes), uint32_t((uint64_t(1) << 32) / bytes + ((uint64_t(1) << 32) % bytes != 0)), uint16_t(chunks),
    uint16_t(objects < max_slab_objects ? objects : max_slab_objects)};
}

struct alignas(line_bytes) SizeClasses
{
  SizeClass of[class_count];
};

// `page_chunks`: the chunks of a page, or 1 if pages are smaller.
constexpr SizeClasses make_size_classes(size_t page_chunks, SlabRule rule)
{
  SizeClasses classes{};
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    classes.of[size_class] = make_size_class(size_class, page_chunks, rule);
  return classes;
}

// Made for pages of at most a chunk; heap/start.cc makes it anew for larger ones, or where memory is limited, before
// there are slabs.
inline SizeClasses size_classes = make_size_classes(1, usual_slabs);

// Slabs of two and more chunks are aligned to two.
constexpr uint32_t slab_align_chunks(size_t slab_chunks)
{
  return slab_chunks >= 2 ? 2 : 1;
}

// From (last offset / class_step_bytes) to the size class.
struct ClassTable
{
  uint8_t of[config::small_max_bytes / class_step_bytes];

  // The class of a small request.
  SN_INLINE unsigned class_of(size_t last) const { return of[last / class_step_bytes]; }
};

constexpr ClassTable make_class_table()
{
  ClassTable table{};
  unsigned size_class = 0;
  for (size_t step = 0; step < sizeof(table.of); step++)
  {
    if ((step + 1) * class_step_bytes > class_bytes(size_class))
      size_class++;
    bool is_panic = config::aligns_panics && (step + 1) * class_step_bytes == config::panic_bytes;
    table.of[step] = uint8_t(is_panic ? size_class + 1 : size_class);
  }
  return table;
}
inline constexpr ClassTable class_table = make_class_table();
} // namespace sn
