// What the Unix-like systems have in common. posix.cc fills the part of the contract that POSIX suffices for, and
// offers these functions to the files of the platforms.
//
// A platform adds: purge, move_pages, entropy, the clock, wait and wake, and keep_library. Some of these are shared:
// plain_memory.cc, no_advice.cc, posix_environment.cc and elf.cc. snmalloc.cc says who takes which.
#pragma once

#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

namespace sn::os
{
// System calls write errno, which callers of malloc and free must not see.
struct KeepErrno
{
  int saved = errno;
  ~KeepErrno() { errno = saved; }
};

// While it lives, the calling thread goes on although another one has cancelled it. What allocates or ends the process
// must not be a place where threads end, but the functions that it calls may be such places.
class NotCancelled
{
public:
#ifdef __ANDROID__ // which cancels nothing
  NotCancelled() {}
#else
  NotCancelled() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before); }
  ~NotCancelled() { pthread_setcancelstate(before, nullptr); }
#endif
  NotCancelled(const NotCancelled&) = delete;
  NotCancelled& operator=(const NotCancelled&) = delete;

#ifndef __ANDROID__
private:
  int before = 0;
#endif
};

// Fresh memory; with MAP_FIXED exactly there, in place of what was there. Null: refused.
void* map(void* hint, size_t bytes, int extra_flags);
bool unmap(void* start, size_t bytes);
// Fresh memory anywhere. Where the system can, none of it is resident, even if the program locks all its future memory.
// `again`: the same reservation once more, elsewhere.
void* map_reservation(size_t bytes, bool again);
// Tells the system which huge pages the program has chosen.
void advise_page_size(void* start, size_t bytes);

// The time of a clock; 0: refused.
uint64_t read_clock_ns(clockid_t clock);

// The destructor of this key runs the hook at the end of a thread that has set it. Without thread-local storage of the
// compiler its value is the thread's word.
extern pthread_key_t exit_key;
extern std::atomic<uint32_t> exit_key_valid; // a word: smaller ones are not atomic everywhere without a library

void before_fork();
void after_fork_in_parent();
void after_fork_in_child();
// When the process exits or the library is unloaded: has these three hold nothing any more.
void end_forks();

// Whether the C library's fork calls these three, in the midst of its own locks; else they are its handlers.
#if defined(SN_MUSL) && defined(SN_OVERRIDE)
bool is_called_by_fork();
#else
constexpr bool is_called_by_fork()
{
  return false;
}
#endif

// In a child of fork, or when the library is unloaded: undoes keep_stderr().
void forget_stderr();

// Runs the hook of the calling thread before its key's destructor would.
void end_thread_early();

// Keeps the library loaded until the calling thread has ended.
void keep_library();

// Lets others run for a moment, on platforms that cannot sleep on a word, or not for a limited time.
void nap();
} // namespace sn::os
