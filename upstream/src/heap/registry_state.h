// The state of the registry and the steps that its functions share, for registry.cc, slots.cc, private.cc, start.cc
// and fork.cc alone.
//
// The registry's lock is held.
#pragma once

#include "heap/registry.h"
#include "os/lock.h"

namespace sn::registry
{
inline Lock lock;

inline std::atomic<uint32_t> slot_count{1}; // owner 0 is nobody. Release, once the slot is whole: see stop_for_fork()
inline HeapSlot* parked = nullptr;          // of threads
inline HeapSlot* ended_private = nullptr;   // private ones that may be used again
inline size_t parked_count = 0;             // of both, and of those that may not be used again yet
inline uintptr_t first_thread = 0;          // that took a heap
inline unsigned fork_depth = 0;             // forks of the thread that has the lock
inline std::atomic<uint32_t> is_fork_unfinished{0};
inline SN_CONSTINIT HeapCounts past{}; // of heaps whose memory went back, and of threads without one

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

// Before there is a heap: see start.cc.
void start_once();
// A heap that nobody has, or a new one. Null: the system refuses memory.
Heap* take_parked_or_new(bool is_private);
void put_parked(HeapSlot& slot);
// See invariant 2.
void drain_parked(HeapSlot& slot);
// Gives memory of a heap that nobody will use soon back.
SN_COLD void purge_memory(HeapSlot& slot);
// Gives the memory of all slots back.
void release_slots();

// Forgets what was sent to a private heap that has ended.
void discard_mail(HeapSlot& slot);
} // namespace sn::registry
