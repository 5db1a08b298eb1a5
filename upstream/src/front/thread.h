// The heap of the calling thread, from its first allocation to after its end.
//
//   (empty magazines) ──first slow path──► own heap ──thread exit──► (exited magazines)
//
// Every thread has magazines at any time, so that no fast path asks whether it has a heap: before it has one they are
// empty and full at once, and the slow path gives it one; afterwards it borrows a parked heap for each call.
#pragma once

#include "heap/registry.h"
#include "os/os.h"

namespace sn
{
// The only word of thread-local storage. With a C name, as sn_page_map_root. Without thread-local storage: what every
// thread begins with, and never written.
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
  // `chosen`: a private heap, to be visited instead.
  explicit Visit(Heap* chosen = nullptr);
  ~Visit();
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  // Null: there is none, and the system refuses memory.
  Heap* heap() { return visited; }

private:
  Heap* visited;
  bool borrowed;
};

// The heap of the calling thread, or null.
Heap* own_heap();

// All that allocates and frees does so in `chosen`, a private heap of the caller's, or if that is null in the heap of
// the calling thread.
SN_INLINE Magazines* magazines_of(Heap* chosen)
{
  return chosen != nullptr ? chosen : my_magazines();
}
} // namespace sn
