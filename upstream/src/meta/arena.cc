#include "meta/arena.h"

#include "meta/usage.h"
#include "os/guarded.h"
#include "os/lock.h"

namespace sn::arena
{
alignas(line_bytes) std::atomic<char*> segments[max_segments];

namespace
{
// A free block holds the link to the next one of its size.
struct FreeBlock
{
  FreeBlock* next;
};

Alone<Lock> lock;

// All below is written with the lock held. Each function changes what others find by one last store, or by some of
// which every prefix is valid: so a child of fork may find its thread's parent in the midst of them, and goes on.
FreeBlock* free_blocks[max_block_granules + 1];
uint32_t segment_count = 0;
size_t low = segment_bytes;  // granules of the newest segment are used up to here,
size_t high = segment_bytes; // and pages down to here
size_t counted = 0; // the bytes below this, a multiple of the page size, are committed, and usage knows of them

char* newest_segment()
{
  return segments[segment_count - 1].load(std::memory_order_relaxed);
}

// What is left of the old segment is lost; it was never touched.
bool add_segment()
{
  if (!config::has_system || segment_count == max_segments)
    return false;
  auto* segment = static_cast<char*>(os::reserve_guarded(segment_bytes, segment_bytes));
  if (segment == nullptr)
    return false;
  if (!os::commit(segment, os::page_bytes()))
  {
    os::release_guarded(segment, segment_bytes);
    return false;
  }
  *reinterpret_cast<uint32_t*>(segment) = segment_count;
  // Relaxed: whoever has an index into the segment got it through a later synchronisation.
  segments[segment_count].store(segment, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_release);
  segment_count++;
  low = granule_bytes;
  high = segment_bytes;
  counted = 0;
  return true;
}

// Has the first `end` bytes of the newest segment ready for use.
bool commit_below(size_t end)
{
  if (end <= counted)
    return true;
  end = align_up(end, os::page_bytes());
  if (!usage::commit(newest_segment() + counted, end - counted))
    return false;
  counted = end;
  return true;
}

bool has_room(size_t bytes)
{
  return high - low >= bytes || add_segment();
}

void* take(size_t granules)
{
  SN_ASSERT(granules > 0 && granules <= max_block_granules);
  if (FreeBlock* block = free_blocks[granules])
  {
    free_blocks[granules] = block->next;
    return block;
  }
  size_t bytes = granules * granule_bytes;
  if (!has_room(bytes) || !commit_below(low + bytes))
    return nullptr;
  size_t offset = low;
  low += bytes;
  return newest_segment() + offset;
}

void put(void* start, size_t granules)
{
  auto* block = static_cast<FreeBlock*>(start);
  block->next = free_blocks[granules];
  std::atomic_signal_fence(std::memory_order_release);
  free_blocks[granules] = block;
}
} // namespace

void* allocate_granules(size_t granules)
{
  Hold hold(lock);
  return take(granules);
}

void free_granules(void* start, size_t granules)
{
  Hold hold(lock);
  put(start, granules);
}

size_t allocate_several(size_t granules, void** blocks, size_t count)
{
  Hold hold(lock);
  size_t got = 0;
  while (got < count && (blocks[got] = take(granules)) != nullptr)
    got++;
  return got;
}

void free_several(size_t granules, void* const* blocks, size_t count)
{
  Hold hold(lock);
  for (size_t number = 0; number < count; number++)
    put(blocks[number], granules);
}

void give(void* start, size_t bytes)
{
  segments[segment_count++].store(static_cast<char*>(start), std::memory_order_relaxed);
  low = granule_bytes;
  high = bytes;
}

void* allocate_pages(size_t bytes)
{
  bytes = align_up(bytes, os::page_bytes());
  Hold hold(lock);
  if (!has_room(bytes + os::page_bytes())) // the two ends never share a page
    return nullptr;
  if (!usage::commit(newest_segment() + high - bytes, bytes))
    return nullptr;
  high -= bytes;
  return newest_segment() + high;
}

void try_begin_fork()
{
  lock.try_lock();
}

void end_fork()
{
  if (lock.is_held_here())
    lock.unlock();
}

bool is_held_here()
{
  return lock.is_held_here();
}

bool is_awaited_by(uintptr_t thread)
{
  return lock.is_awaited_by(thread);
}

void forget_other_threads()
{
  lock.forget_other_threads();
}

void release_all()
{
  for (uint32_t number = 0; number < segment_count; number++)
    os::release_guarded(segments[number].load(std::memory_order_relaxed), segment_bytes);
  segment_count = 0;
}
} // namespace sn::arena
