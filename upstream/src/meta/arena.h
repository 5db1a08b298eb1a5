// Memory for metadata, away from all objects. It is cut into granules of 64 bytes, each with a 32-bit index, so that
// an entry of the page map can name one. Blocks of granules are reused by their exact size and never given back.
//
//   segment (4 MiB, aligned)   | number | granules →            ← pages |
//   index                      segment number (16 bits) | granule in segment (16 bits)
//
// 1. Index 0 names nothing: the first granule of a segment holds the segment's number.
// 2. A block lies in one segment.
//
// Without a system there is one segment, of any size and at any page, and an index is a granule's number in it.
//
// Any thread; own lock, the last in the lock order.
#pragma once

#include "base/bits.h"
#include "base/config.h"

#include <atomic>

namespace sn::arena
{
constexpr unsigned granule_log2 = 6;
constexpr size_t granule_bytes = size_t(1) << granule_log2;
constexpr unsigned segment_log2 = 22;
constexpr size_t segment_bytes = size_t(1) << segment_log2;
constexpr unsigned granule_index_bits = segment_log2 - granule_log2;
constexpr size_t max_segments = config::has_system ? 16 * config::KiB : 1; // 64 GiB of metadata

// The largest block: the places of an outbox that sends to thousands (heap/outbox.h).
constexpr size_t max_block_granules = config::has_system ? 1536 : 16;

// Written once under the lock, before any index into the segment is given out.
extern std::atomic<char*> segments[max_segments];

// The granule that `index` names.
SN_INLINE void* at(uint32_t index)
{
  if constexpr (!config::has_system)
    return segments[0].load(std::memory_order_relaxed) + (size_t(index) << granule_log2);
  char* segment = segments[index >> granule_index_bits].load(std::memory_order_relaxed);
  return segment + (size_t(index & ((1u << granule_index_bits) - 1)) << granule_log2);
}

// The index of a block: of its first granule.
SN_INLINE uint32_t index_of(const void* block)
{
  if constexpr (!config::has_system)
    return uint32_t((uintptr_t(block) - uintptr_t(segments[0].load(std::memory_order_relaxed))) >> granule_log2);
  uintptr_t segment = align_down(uintptr_t(block), segment_bytes);
  uint32_t number = *reinterpret_cast<const uint32_t*>(segment);
  return uint32_t(number << granule_index_bits | (uintptr_t(block) - segment) >> granule_log2);
}

// Null: the system refuses memory. `granules` is at most max_block_granules.
void* allocate_granules(size_t granules);
void free_granules(void* start, size_t granules);
// The same for several blocks of one size. Returns how many there was memory for.
size_t allocate_several(size_t granules, void** blocks, size_t count);
void free_several(size_t granules, void* const* blocks, size_t count);

// Zeroed memory at a page boundary, never given back. `bytes` is at most half a segment. Null: the system refuses
// memory.
SN_COLD void* allocate_pages(size_t bytes);

// Without a system: gives all memory for metadata, in whole zeroed pages. Once, before all else.
void give(void* start, size_t bytes);

// Between the two the calling thread holds the lock, unless another thread does, and may use all functions here. A
// child of fork can go on from any moment, once it has forgotten other threads.
void try_begin_fork();
void end_fork();
void forget_other_threads();
// Whether the calling thread is inside a function here; and if so, whether that thread waits for it.
bool is_held_here();
bool is_awaited_by(uintptr_t thread);

// Gives everything back. Nobody may use the allocator afterwards.
void release_all();
} // namespace sn::arena
