// All heaps of the process. A heap outlives its thread: it is parked, and the next thread adopts it.
//
// 1. A heap is owned by one thread, or parked, or claimed for the length of a call; only then its data may be touched.
//    A private one is owned by whoever has its handle.
// 2. Nothing stays in the inbox of a parked heap: a sender pushes and then reads `parked`; park() sets `parked` and
//    then reads the inbox. All four are sequentially consistent, so one of the two finds the batch, and drains it.
// 3. What needs a drain is noted in a list: see heap/due_list.h.
// 4. A private heap ends with objects in use, and batches with some of them may be on their way. Its slot is not used
//    again while there is any batch for it (`batches`): until then what arrives is discarded. Only misuse could open
//    one more, for every object of the heap is gone.
//
// Any thread, but never inside a SlowPath: who claims a heap waits for its owner with the registry's lock held. First
// in the lock order.
#pragma once

#include "heap/due_list.h"
#include "heap/heap.h"
#include "heap/slot.h"

namespace sn::registry
{
// A heap for the calling thread: a parked one, or a new one. Null: the system refuses memory.
Heap* adopt();

// Retires the heap of a thread that ends, and parks it.
void park(Heap* heap);

// A thread ends that never had a heap: perhaps before there is any.
SN_COLD void prepare_exit_without_heap();
// The process exits: it may never have had a heap, for which options are read. With no lock held.
SN_COLD void read_options_at_exit();

// Parks the heap of a thread that only borrowed it for one call, as it is.
void return_borrowed(Heap* heap);

// A private heap, which only the caller uses. Null: the system refuses memory.
SN_COLD Heap* adopt_private();

// Frees all small objects of a private heap, in use or not. Whoever has the heap; nobody may use it or its objects
// afterwards, and it has no large ones.
SN_COLD void end_private(Heap* heap);

// Notes that a heap was posted to that is parked, or whose owner has not looked into its inbox for long: it may sleep
// for ever. Any thread, also inside a SlowPath.
SN_COLD void note_due(HeapSlot& slot);
// Frees what was sent to the heaps that are due, whoever noted them.
inline Alone<DueList> due;
SN_COLD void drain_noted();
inline void drain_due()
{
  if (SN_UNLIKELY(!due.is_empty()))
    drain_noted();
}

// Frees a small object in its slab at once, whoever its owner is: slow, but needs no memory.
SN_COLD void give_back_claimed(void* object, Tag tag);

// With checks: the size of the live object of a slab with that tag that starts there, whoever frees it meanwhile. 0:
// none does.
SN_COLD size_t size_in_slab(const void* object, Tag tag);

// The delay has passed: gives back what heaps keep of large ranges that their threads have used little or not since the
// last call, and the memory and slabs of heaps that have been parked since then; but for those of the calling thread,
// `own`.
SN_COLD void release_idle(Heap* own);

// For the idle thread. Gives back what heaps hold free that have not been in a slow path since the last call but one;
// those of threads keep what their fast paths may be at, and a few objects in magazines (cut.h). Returns whether some
// may have more to give back later. Waits for no owner.
SN_COLD bool release_resting();
// After that, until it is false: gives back a slice of the pages of slabs of each of these heaps.
SN_COLD bool make_holes_of_resting();
// Whether more than one thread of this process has had a heap. Relaxed: a hint.
inline std::atomic<bool> has_threads{false};
// Whether this process is a child of fork.
inline std::atomic<bool> is_child{false};

// Gives back what all heaps hold free but that of the calling thread, `own`, or null. Heaps of other threads keep what
// their fast paths may be at: a few objects in magazines (cut.h).
SN_COLD void trim_others(Heap* own);
// After that, and outside of brackets: gives back pages of slabs with live objects, of these heaps and of `own`.
SN_COLD void trim_slabs(Heap* own);

// Takes all locks in their order and has every other thread out of its slow paths, until the matching call. The calling
// thread may use the allocator meanwhile, as other fork handlers do. The child parks the heaps of all threads but that
// one. A thread that a signal interrupted inside the allocator does what it can: see heap/fork.cc. False: another such
// thread has to fork first, and nothing has changed.
SN_COLD bool stop_for_fork();
// Whether it was, and forks.
bool is_interrupted();
SN_COLD void resume_in_parent();
SN_COLD void resume_in_child();
// From here on nobody stays between these: see os::forks_hold_nothing. False: somebody is there.
SN_COLD bool try_end_forks();
// Whether the calling thread is between stop_for_fork() and its end.
bool is_forking_here();

// The library leaves the process: frees all that all heaps hold free, and gives all memory back to the system if
// nothing is in use. Nobody uses the allocator afterwards. `own` is the heap of the calling thread, or null. Unless it
// `is_certain` that the process goes on, heaps of other threads tell that it does not, and all is left as it is.
SN_COLD void unload(Heap* own, bool is_certain);

// Ends the process if memory that `own`, or any parked heap, holds free was written to. With checks.
void verify_free_objects(Heap* own);

// What all heaps count. The lock keeps heaps from coming and going; what a thread at work counts is sampled.
SN_COLD Sums sums();

// Counts what a thread does with large objects for which the system refuses it a heap.
SN_COLD void count_without_heap(const LargeChange& change);

struct Counts
{
  size_t heaps;
  size_t parked;
};
SN_COLD Counts counts();
} // namespace sn::registry
