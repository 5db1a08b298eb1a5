// The idle thread gives back what nobody wants any more, where nobody calls the allocator. Free memory goes back in
// slow paths when the delay has passed; but threads that sleep have none, nor do those that need no more than their
// magazines hold.
//
// 1. There is at most one. It lives while there may be something to give back, and then ends: when no memory is free
//    and resident, and no heap has anything that it may take, and none of that has changed since it last looked.
//    Where the library is malloc it sleeps instead, until there is something again.
// 2. It is started where a slow path ends, outside of locks and brackets. Where the library is malloc, the C library
//    may be in the midst of something that starting a thread needs: so only where a thread takes its first heap, or
//    ends.
// 3. It has no heap and allocates nothing. It takes locks and claims as any thread does, and waits for no owner.
// 4. A program with one thread has none, unless it asks for it (options.idle_purge); nor has a child of fork before it
//    has a second thread. Where it could not be started once, it is not tried again.
// 5. It does not keep a process: where the first thread has ended (pthread_exit), the last one that owns a heap takes
//    it along.
//
// Any thread.
#pragma once

#include "base/line.h"

#include <atomic>

namespace sn::idle
{
enum State : uint32_t
{
  absent,   // it may be started
  starting, // by a thread
  running,
  ended,    // and has to be joined before the next one is started
  stopping, // it is to end, and somebody joins it
  never,    // it was refused, or the library leaves the process
};
// Acquire and release where a thread hands the others over: see idle.cc.
inline Alone<std::atomic<uint32_t>> state{absent};

// Whether there is none in that state, so that one may be started.
constexpr bool may_start(uint32_t in)
{
  return in == absent || in == ended;
}

// Starts it, unless there is one or should be none. Outside of locks and brackets.
SN_COLD void start();

// Ends it for good, if there is one: the library leaves the process.
SN_COLD void stop();

// A thread has taken a heap of its own; and has no more, as it ends.
void note_owner();
SN_COLD void note_owner_end();

// In a child of fork: it is not there.
void forget(bool is_owner);
} // namespace sn::idle
