// The state of the registry and the steps that its functions share, for registry.cc, slots.cc, private.cc, start.cc,
// outside.cc and fork.cc alone.
//
// The registry's lock is held.
#pragma once

#include "heap/registry.h"
#include "os/lock.h"

namespace sn::registry
{
inline Alone<Lock> lock;

inline std::atomic<uint32_t> slot_count{1}; // owner 0 is nobody. Release, once the slot is whole: see stop_for_fork()

// Parked heaps that may be used again: of each node those whose last threads ran there, the newest first.
struct ParkedHeaps
{
  HeapSlot* warm[config::nodes];
  HeapSlot* cold[config::nodes]; // their memory was purged, at least that of the cells
  size_t warm_count;             // of all nodes
};
inline ParkedHeaps parked{};        // of threads
inline ParkedHeaps ended_private{}; // private ones
inline size_t parked_count = 0;     // of both, and of those that may not be used again yet
inline std::atomic<bool> has_surplus{false};
inline uintptr_t first_thread = 0; // that took a heap
inline unsigned fork_depth = 0;    // forks of the thread that has the lock
inline std::atomic<uint32_t> is_fork_unfinished{0};
inline SN_CONSTINIT HeapCounts past{}; // of heaps whose memory went back, and of threads without one

// The calling thread's node of memory, as one of the lists of parked heaps. Nobody asks while there is one thread.
inline uint8_t this_node()
{
  return has_threads.load(std::memory_order_relaxed) ? uint8_t(os::node_of_this_thread() % config::nodes) : 0;
}

// Calls `visit` for every heap there is.
template<typename Visit>
void for_each_slot(Visit visit)
{
  uint32_t end = slot_count.load(std::memory_order_acquire);
  for (uint32_t owner = 1; owner < end; owner++)
    visit(slot_of(owner));
}

// In a child of fork: parks the heaps of the threads that are gone.
SN_COLD void finish_fork();

inline void note_thread(uintptr_t thread)
{
  if (first_thread == 0)
    first_thread = thread;
  else if (first_thread != thread)
    has_threads.store(true, std::memory_order_relaxed);
}

// Takes the lock, and first finishes what a fork had to leave.
inline void begin()
{
  lock.lock();
  if (SN_UNLIKELY(is_fork_unfinished.load(std::memory_order_relaxed) != 0) && !lock.is_nested())
    finish_fork();
}

// Holds it for the length of a block.
class Turn
{
public:
  Turn() { begin(); }
  ~Turn() { lock.unlock(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

// Claims the heap of a slot for `work`, and holds the registry's lock meanwhile, but not for long: where the owner is
// in a system call, others may have the lock until that ends. Nothing is done to a heap that is not started, nor to one
// that is lost in a fork.
template<typename Work>
void with_claimed(HeapSlot& slot, Work work)
{
  for (std::atomic<uint32_t> moment{0};; os::wait_briefly(moment, 0))
  {
    Turn turn;
    if (!slot.started)
      return;
    Claimed claimed(slot.claim);
    if (!slot.heap->bracket.is_left_soon())
      continue;
    if (!slot.is_ended) // a signal may have made this a child of fork meanwhile
      work(*slot.heap);
    return;
  }
}

// Before there is a heap: see start.cc.
void start_once();
// A heap that nobody has, or a new one. Null: the system refuses memory.
Heap* take_parked_or_new(bool is_private);
void put_parked(HeapSlot& slot);
// A heap that is about to be parked may keep its current slabs for the next thread. Whether it does. They are ended
// where none comes; or it has them no more as those of a parked heap.
bool try_keep_slabs(Heap& heap);
void end_kept_slabs(Heap& heap);
void forget_kept_slabs(Heap& heap);
// See invariant 2.
void drain_parked(HeapSlot& slot);
// Has a parked heap used again.
void list_parked(HeapSlot& slot);

// These three are called without the lock, for they ask the system. Gives memory of a parked heap back, unless it is
// not retired, false: the system refuses; of all parked heaps; and of the oldest ones when there are too many.
SN_COLD bool purge_parked(HeapSlot& slot);
SN_COLD void purge_all_parked();
SN_COLD void purge_surplus();
inline void purge_if_many()
{
  if (SN_UNLIKELY(has_surplus.load(std::memory_order_relaxed)))
    purge_surplus();
}
// In a child of fork: finishes what another thread was about.
SN_COLD void forget_purge(HeapSlot& slot);
// Gives the memory of all slots back.
void release_slots();

// Forgets what was sent to a private heap that has ended.
void discard_mail(HeapSlot& slot);
} // namespace sn::registry
