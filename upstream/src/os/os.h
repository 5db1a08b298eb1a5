// The operating system as the allocator sees it. One file per platform fills this contract.
//
// Every function may be called from any thread with any lock held, never allocates, and leaves errno as it was.
// Addresses and sizes of memory are multiples of page_bytes().
#pragma once

#include "base/line.h"

#include <atomic>

namespace sn::os
{
// How many requests the system got so far: for memory, to fence, and to sleep or wake. Relaxed: it orders nothing.
inline Alone<std::atomic<size_t>> calls{0};

inline void count_call()
{
  calls.fetch_add(1, std::memory_order_relaxed);
}

// The size of a page, read from the system when the program runs: 4 KiB to 64 KiB.
size_t page_bytes();

// Returns `bytes` of address space at a multiple of `alignment`, a power of two; or null. Nobody touches it before it
// is committed.
SN_COLD void* reserve(size_t bytes, size_t alignment);

// Reserves exactly these pages. False: something is there, or the system refuses.
SN_COLD bool reserve_at(void* start, size_t bytes);

// Makes pages usable that were reserved or purged: they read as zero, and are resident only once they are touched.
// Pages in use stay as they are. Systems that promise more memory than they have do nothing here. False: refused,
// unchanged.
bool commit(void* start, size_t bytes);

// Makes committed pages resident that will all be touched soon, where that costs less than a page fault for each. A
// hint.
void populate(void* start, size_t bytes);

// The same with huge pages, if the system has some to spare: whole ones, at multiples of their size.
enum class Populated
{
  refused, // it does not know how; the pages may not be resident
  slowly,  // no faster than page by page
  quickly,
};
SN_COLD Populated populate_huge(void* start, size_t bytes);

// Without a system: gives zeroed memory for what is reserved later. Once, before all else.
void give(void* start, size_t bytes);

// Gives back a whole reservation, or some pages of it unless config::must_commit. False: refused, unchanged.
SN_COLD bool release(void* start, size_t bytes);

// Gives the pages back and keeps the address space, which is committed before it is used again. `remap`: the memory
// came out of move_pages(), and is mapped afresh so that the system can join it with its neighbours. False: refused,
// unchanged.
bool purge(void* start, size_t bytes, bool remap);

// Clears memory in use by giving its pages back. False: the system cannot, or refuses; unchanged.
bool clear(void* start, size_t bytes);

// Makes pages inaccessible, or accessible again; they keep what they hold. False: refused, for example because the
// process has too many mappings; some of the pages may have changed.
bool protect(void* start, size_t bytes, bool accessible);

// Makes memory inaccessible that was just reserved. Where the system can, each part that is opened later stays a
// mapping of its own, so that closing and opening it neither joins nor splits mappings.
void close_fresh(void* start, size_t bytes);

// Moves the pages of [from, from + old_bytes) to [to, to + new_bytes), whose contents are lost; new pages are zero.
enum class Move
{
  refused,           // nothing has changed
  moved,             // `from` is still reserved, and zero
  moved_source_lost, // as moved, but the address space of `from` is gone: another thread may have mapped something
                     // there
  destination_lost,  // `from` is as it was; the address space of `to` is gone
};
SN_COLD Move move_pages(void* from, size_t old_bytes, void* to, size_t new_bytes);

// A number of the calling thread that no other living thread has. It is the same in a child of fork, even, and not 0.
uintptr_t this_thread();

// Stores the value of an environment variable as far as it fits, without a 0 at its end, and returns its whole length.
// 0: there is none, or the program runs with more rights than the user who started it. Works before the C library
// starts.
SN_COLD size_t environment(const char* name, char* value, size_t capacity);

// Sets the options: to what the program defined when it was built, then to what SNMALLOC_OPTIONS says. Without a system
// they keep their defaults. Once, before there is a heap; with the registry's lock held.
SN_COLD void read_options();

// Writes to stderr, as far as that is possible.
void write_error(const char* text, size_t length);

// Has write_at_exit() reach stderr although the program may close it before. Before there is a heap. False: it is
// closed already, and what is opened later may take its number.
SN_COLD bool keep_stderr();
// As write_error(), when the process exits; or where stderr is closed, to what it was before.
SN_COLD void write_at_exit(const char* text, size_t length);

// The number of the process.
SN_COLD size_t this_process();
// The path of the library that carries the allocator, or null if that is the program. While the library is loaded, and
// with no lock held.
SN_COLD const char* library_path();

// Bits that nobody can predict.
uint64_t entropy();

// Milliseconds since some fixed time; coarse.
uint64_t now_ms();

// Sleeps while `word` is `value`; may return early.
void wait(std::atomic<uint32_t>& word, uint32_t value);
// As wait(), but for some milliseconds at most: for words of which a change may wake nobody.
void wait_briefly(std::atomic<uint32_t>& word, uint32_t value);
// As wait(), but for about so many milliseconds at most.
void wait_for_ms(std::atomic<uint32_t>& word, uint32_t value, uint32_t most_ms);
void wake_one(std::atomic<uint32_t>& word);
void wake_all(std::atomic<uint32_t>& word);

// Has each other thread of the process pass a full fence, somewhere between two of its instructions; and so the calling
// thread. False: the system cannot, or may end the program for the question.
SN_COLD bool fence_all_threads();

// The node of memory that the calling thread runs on just now: what it touches first lies there. 0 where there is one
// node, and where that is not known.
unsigned node_of_this_thread();

// Asks the C library what the functions here need to know of the process. Another library may stand in front of those
// functions, and allocate in them: so no lock is held, and no bracket entered. Each thread calls this before it takes a
// heap; the first call counts.
SN_COLD void start();

// What the allocator does when a thread, the process or the library begins or ends something. front/thread.cc has them.
struct Hooks
{
  void (*thread_exit)(); // on a thread that armed itself, when it ends
  // Whether the calling thread forks in a signal handler that interrupted it inside the allocator.
  bool (*is_interrupted)();
  bool (*before_fork)(); // false: to be called again, for such a thread has to fork first
  void (*after_fork_in_parent)();
  void (*after_fork_in_child)();
  // Sets `forks_hold_nothing` when no thread is between these. False: one is, or the calling thread cannot know.
  bool (*try_end_forks)();
  void (*process_exit)(); // near the very end of the process, while other threads may still run
  // The library that carries the allocator leaves the process, and no thread is in it. `is_certain`: the process does
  // not exit.
  void (*unload)(bool is_certain);
};
extern const Hooks hooks;

// The process exits or the library goes. C libraries take its fork handlers away then, even from a thread that has run
// the first and not the last: so what one holds would be held for ever, and the exit might wait for it. From here on
// they hold nothing. Written with all held that a fork holds.
inline std::atomic<bool> forks_hold_nothing{false};

// Runs `run` while the calling thread gets no signals.
SN_COLD void run_without_signals(void (*run)());

// A thread of the allocator's own. It gets the signals that who starts it gets, has a small stack and is named
// snmalloc-idle.
struct Thread
{
  uintptr_t handle;
};
// Runs `run` on one. Allocates, in the C library. False: refused, or this system has none for libraries that may be
// unloaded.
SN_COLD bool start_thread(Thread& thread, void (*run)());
// Waits until it has ended. Each that was started is waited for once, but those of a process before it forked.
SN_COLD void join_thread(Thread thread);
// Whether the calling thread is the first of its process: if its function returns, the process ends. False where that
// is not known: on some systems, and in libraries that another thread loads.
SN_COLD bool is_main_thread();

// Installs the hooks, once. Where the system can, this happens before other code runs, so that fork handlers of others
// may allocate. May call the C allocator of the program.
SN_COLD void install_hooks();

// Makes the thread_exit hook run when the calling thread ends. False: refused.
bool arm_thread_exit();

// A word of the calling thread, for builds without thread-local storage of the compiler. It is null at first, and in
// threads that cannot have one, and stays until the last destructor of the thread. False: refused.
void* thread_word();
bool set_thread_word(void* word);

// Writes the message and a newline to standard error and aborts.
[[noreturn]] SN_COLD void die(const char* message);
} // namespace sn::os

// An invariant that debug builds check.
#define SN_ASSERT(condition) \
  do \
  { \
    if constexpr (::sn::config::assertions) \
    { \
      if (SN_UNLIKELY(!(condition))) \
        ::sn::os::die("snmalloc: assertion failed: " #condition); \
    } \
  } while (false)
