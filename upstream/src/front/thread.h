// The heap of the calling thread, from its first allocation to after its end.
//
//   (empty magazines) ──first slow path──► own heap ──thread exit──► (exited magazines)
//
// Every thread has magazines at any time, so no fast path asks whether the thread has a heap. Before it has one, its
// magazines are both empty and full, and the slow path gives it a heap. After its end it borrows a parked heap for each
// call.
#pragma once

#include "heap/registry.h"
#include "os/os.h"

namespace sn
{
// The only word of thread-local storage. It has a C name, as sn_page_map_root has. Without thread-local storage it is
// what every thread begins with, and nobody writes it.
extern "C" SN_THREAD_LOCAL Magazines* sn_my_magazines;

SN_INLINE Magazines* my_magazines()
{
  if constexpr (!config::has_thread_locals)
    if (void* word = os::thread_word())
      return static_cast<Magazines*>(word);
  return SN_OF_THIS_THREAD(sn_my_magazines);
}

// The heap of the calling thread for the length of a slow path, outside any SlowPath.
class Visit
{
public:
  // `private_heap`: visited instead, unless it is null.
  explicit Visit(Heap* private_heap = nullptr);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // Null: the thread has none, and the system refuses memory for one.
  Heap* heap() { return visited; }

private:
  Heap* visited;
  bool borrowed;
  bool may_start_thread = !config::stands_in_for_malloc; // when it ends: see heap/idle.h
};

// The heap of the calling thread, or null.
Heap* own_heap();

// For exact figures: counts what the calling thread allocates and frees, in whichever heap. Outside of brackets, unless
// it has a heap.
SN_COLD void count_bytes_slow(ThreadCounts bytes);
SN_INLINE void count_bytes(ThreadCounts bytes)
{
  if constexpr (!config::counts_operations)
    return;
  Magazines* magazines = my_magazines();
  if (SN_UNLIKELY(!magazines->belong_to_heap()))
    return count_bytes_slow(bytes);
  ThreadCounts& counts = static_cast<Heap*>(magazines)->thread_counts;
  counts.allocated_bytes += bytes.allocated_bytes;
  counts.freed_bytes += bytes.freed_bytes;
}
SN_INLINE void count_freed_object(unsigned size_class)
{
  if constexpr (config::counts_operations)
    count_bytes({0, counted_bytes(size_class)});
}
// A small object, for the thread and in the figures of a heap.
SN_INLINE void count_allocation(Heap& heap, unsigned size_class)
{
  heap.count_allocation(size_class);
  if constexpr (config::counts_operations)
    count_bytes({counted_bytes(size_class), 0});
}
SN_INLINE void count_free(Heap& heap, unsigned size_class)
{
  heap.count_free(size_class);
  count_freed_object(size_class);
}

// Whatever takes a `private_heap` works in that heap. If it is null, it works in the heap of the calling thread.
SN_INLINE Magazines* magazines_of(Heap* private_heap)
{
  return private_heap != nullptr ? private_heap : my_magazines();
}
} // namespace sn
