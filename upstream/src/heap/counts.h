// What a heap counts of itself, for those who ask for figures.
//
// 1. Every number has one writer at a time. Either slow paths write it: those of the owner, or of who has claimed the
//    heap. Or fast paths do, which go on under a claim: the owner's, and nobody else. In debug builds a second writer
//    ends the process if the two meet.
// 2. A number may be read by any thread at any time. Relaxed: the numbers order nothing, and those of a thread at work
//    may be of slightly different moments.
#pragma once

#include "os/os.h"
#include "slab/size_class.h"

#include <atomic>

namespace sn
{
// A number with one writer: adding is no atomic read-modify-write.
class Count
{
public:
  SN_INLINE void add(size_t amount)
  {
    size_t before = value.load(std::memory_order_relaxed);
    if constexpr (config::assertions)
      SN_ASSERT(value.compare_exchange_strong(before, before + amount, std::memory_order_relaxed));
    else
      value.store(before + amount, std::memory_order_relaxed);
  }
  SN_INLINE void subtract(size_t amount) { add(-amount); }
  void take(Count& other)
  {
    add(other.get());
    other.subtract(other.get());
  }
  size_t get() const { return value.load(std::memory_order_relaxed); }

private:
  std::atomic<size_t> value;
};

// What becomes of large objects.
struct LargeChange
{
  size_t allocations;
  size_t frees;
  size_t allocated_bytes; // also what objects grew by,
  size_t freed_bytes;     // and shrank by
};

// Of large objects that the heap's thread allocated, resized or freed, whoever did the other.
struct LargeCounts
{
  Count allocations;
  Count frees;
  Count allocated_bytes;
  Count freed_bytes;

  SN_INLINE void add(const LargeChange& change)
  {
    if (change.allocations != 0)
      allocations.add(change.allocations);
    if (change.frees != 0)
      frees.add(change.frees);
    if (change.allocated_bytes != 0)
      allocated_bytes.add(change.allocated_bytes);
    if (change.freed_bytes != 0)
      freed_bytes.add(change.freed_bytes);
  }

  void take(LargeCounts& other)
  {
    allocations.take(other.allocations);
    frees.take(other.frees);
    allocated_bytes.take(other.allocated_bytes);
    freed_bytes.take(other.freed_bytes);
  }
};

// Of what a heap has now.
struct SlabCounts
{
  Count slabs[class_count];
  Count free_objects[class_count]; // in slabs
  Count hole_bytes;                // of their pages that went back
};

// Of what it did, which outlives its memory.
struct HeapCounts
{
  Count batches_sent;
  Count objects_sent;
  LargeCounts large;
  // Only if config::counts_operations:
  Count frees_received[class_count]; // of a private heap, of what was sent to it or ended with it
  Count allocations[class_count];    // on fast paths
  Count frees[class_count];          // on fast paths: by the heap's thread, whoever owned the object

  void take(HeapCounts& other)
  {
    batches_sent.take(other.batches_sent);
    objects_sent.take(other.objects_sent);
    large.take(other.large);
    for (unsigned size_class = 0; size_class < class_count; size_class++)
    {
      allocations[size_class].take(other.allocations[size_class]);
      frees[size_class].take(other.frees[size_class]);
      frees_received[size_class].take(other.frees_received[size_class]);
    }
  }
};

// For exact figures: what a thread allocated and freed, in whichever heap, since it has the heap that these are in.
// Only that thread reads them.
struct ThreadCounts
{
  size_t allocated_bytes;
  size_t freed_bytes;
};

// What several heaps count, by size class, and all together.
struct Sums
{
  size_t slabs[class_count];
  size_t free_objects[class_count]; // in slabs
  size_t cached_objects[class_count];
  size_t allocations[class_count];
  size_t frees[class_count];
  size_t hole_bytes;
  size_t spare_range_bytes;
  size_t batches_sent;
  size_t objects_sent;
  LargeChange large;

  void add(const SlabCounts& counts)
  {
    for (unsigned size_class = 0; size_class < class_count; size_class++)
    {
      slabs[size_class] += counts.slabs[size_class].get();
      free_objects[size_class] += counts.free_objects[size_class].get();
    }
    hole_bytes += counts.hole_bytes.get();
  }

  void add(const HeapCounts& counts)
  {
    for (unsigned size_class = 0; size_class < class_count; size_class++)
    {
      allocations[size_class] += counts.allocations[size_class].get();
      frees[size_class] += counts.frees[size_class].get() + counts.frees_received[size_class].get();
    }
    batches_sent += counts.batches_sent.get();
    objects_sent += counts.objects_sent.get();
    large.allocations += counts.large.allocations.get();
    large.frees += counts.large.frees.get();
    large.allocated_bytes += counts.large.allocated_bytes.get();
    large.freed_bytes += counts.large.freed_bytes.get();
  }
};
} // namespace sn
