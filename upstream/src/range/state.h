// The state of the address space, for the sources of this folder alone.
#pragma once

#include "os/lock.h"
#include "range/free_ranges.h"
#include "range/growth.h"
#include "range/purge_budget.h"
#include "range/reservations.h"
#include "range/space.h"

namespace sn::space
{
inline Alone<Lock> lock;

// All below is read and written with the lock held.
inline SN_CONSTINIT FreeRanges free_ranges;
inline SN_CONSTINIT Reservations reservations;
inline SN_CONSTINIT PurgeBudget purge_budget;
inline SN_CONSTINIT Growth growth;
inline size_t used_bytes = 0;
inline size_t kept_bytes = 0;    // of these, what heaps keep for later, as far as they told
inline size_t leased_bytes = 0;  // what heaps may keep of large ranges
inline uint64_t looked_ms = 0;   // when somebody last looked for what they keep in vain
inline size_t purging_bytes = 0; // taken by purges in flight
inline size_t returned = 0;      // how often a range became free
// Of purges. The budget was passed and its goal is not reached; bytes that were freed or taken since the last slice;
// and the threads that purge outside of all brackets, in no order, 0 for none.
inline bool is_draining = false;
inline size_t refused_bytes = 0; // which the system did not take back, since it took any
inline size_t owed_bytes = 0;
inline std::atomic<uintptr_t> purgers[16];
inline std::atomic<uint32_t> fork_waits{0}; // for the end of all flights
// Flights: memory that a thread took out of the lists, to work on it with the lock dropped. It comes back later.
inline uint32_t flights = 0;
inline std::atomic<uint32_t> landings{0};
inline uint32_t flight_waiters = 0;
// How often this process became a child of fork and forgot what other threads were doing: a flight or a wait of this
// thread that began before was forgotten with theirs.
inline uint32_t lives = 0;
inline std::atomic<uint32_t> has_lost_threads{0}; // and has not forgotten that yet; written without the lock

// What the program uses, and what is free and resident: what heaps keep is free, too.
inline size_t live_bytes()
{
  return used_bytes > kept_bytes ? used_bytes - kept_bytes : 0; // others may free what a heap took out meanwhile
}
inline size_t resident_free_bytes()
{
  return free_ranges.dirty_bytes() + kept_bytes;
}

// What was freed before that time has been free for the delay.
inline uint64_t expired_before_ms(uint64_t now_ms)
{
  return now_ms > options.purge_delay_ms ? now_ms - options.purge_delay_ms : 0;
}

// More than the budget may become free.
inline bool holds_much()
{
  return used_bytes + free_ranges.dirty_bytes() > options.resident_budget_bytes;
}

// Most find it told already.
inline void tell_news()
{
  if (SN_LIKELY(news.load(std::memory_order_relaxed) != 0))
    return;
  news.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (sleeps_until_news.load(std::memory_order_relaxed))
    os::wake_all(news);
}

// Makes a piece of address space a range in use. Null: there is no memory for metadata; all is as before.
SN_COLD Range* describe(uintptr_t base, size_t bytes);
// Reserves at least `bytes`: generously, or else just what is needed. Returns a clean range, or null.
SN_COLD Range* reserve_more(size_t bytes, size_t alignment);
// Has `chunks` of room for a range in use where it is, by address space that is reserved behind its reservation. False:
// something else lies there, or refused.
SN_COLD bool extend_behind(Range* range, uint32_t chunks);
// The address space of a range in use is gone; somebody else may have it by now.
SN_COLD void lose(Range* range);
// A range in use is not resident any more. A whole reservation of such memory is only a burden to others, and goes
// back.
SN_COLD void insert_clean(Range* range);

// Free memory becomes part of what is used; of `clean_chunks` that was not resident. What is committed already stays
// so. False: refused, unchanged.
bool prepare_mixed(uintptr_t base, size_t bytes, uint32_t clean_chunks);
// A range in use becomes free.
void give_back(Range* range, uint64_t now_ms);

// The lock is dropped while the system works.
//
// Purges the oldest ranges until at most `keep_bytes` of free memory are resident and none that was freed before
// `expired_ms`; or until it has purged about `most_bytes`, but whole blocks. Returns the bytes that went back.
constexpr size_t all_bytes = ~size_t(0);
size_t purge_down_to(size_t keep_bytes, uint64_t expired_ms, size_t most_bytes = all_bytes);
// Looks whether anything is to go back, which is done later: see purge_slice(). To be called when memory became free.
void find_excess(uint64_t now_ms);
// The same when memory was taken, which leaves less room for free memory; without the time.
void note_taken();
// For `count` slabs that will be used wholly: takes a block if the program grows fast, and no resident memory holds
// one.
void add_block_for_slabs(uint32_t chunks, uint32_t align_chunks, size_t count);
// The same for a large object that no dirty memory holds. True: take spare memory before clean.
bool add_blocks_for_large(uint32_t chunks);
// Between the two the lock is dropped, and what the caller took out of the lists is in flight. What the one returns,
// the other gets. False: a fork forgot the flight meanwhile, and took what was being purged for used.
uint32_t begin_flight();
bool end_flight(uint32_t life);
// In a child of fork: flights of other threads never end.
void forget_flights();
// Waits until some of what other threads have in flight is back. False: there is none.
bool wait_for_flight();
// Purges at least so much free memory, or waits for what is in flight. False: there is neither.
bool regain(size_t bytes);
} // namespace sn::space
