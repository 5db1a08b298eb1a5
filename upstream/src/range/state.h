// The state of the address space, for space.cc, purge.cc, reserve.cc and check.cc alone.
#pragma once

#include "os/lock.h"
#include "range/free_ranges.h"
#include "range/growth.h"
#include "range/purge_budget.h"
#include "range/reservations.h"

namespace sn::space
{
inline Lock lock;

// All below is read and written with the lock held.
inline SN_CONSTINIT FreeRanges free_ranges;
inline SN_CONSTINIT Reservations reservations;
inline SN_CONSTINIT PurgeBudget purge_budget;
inline SN_CONSTINIT Growth growth;
inline size_t used_bytes = 0;
inline size_t purging_bytes = 0; // taken by purges in flight
inline uint32_t purges_in_flight = 0;
inline std::atomic<uint32_t> purges_done{0};
inline uint32_t purge_waiters = 0;

// Makes a piece of address space a range in use. Null: there is no memory for metadata; all is as before.
SN_COLD Range* describe(uintptr_t base, size_t bytes);
// Reserves at least `bytes`: generously, or else just what is needed. Returns a clean range, or null.
SN_COLD Range* reserve_more(size_t bytes, size_t alignment);
// A range in use is not resident any more. A whole reservation of such memory is only a burden to others, and goes
// back.
SN_COLD void insert_clean(Range* range);

// The lock is dropped while the system works.
//
// Purges the oldest ranges until at most `keep_bytes` of free memory are resident and none that was freed before
// `expired_ms`. Returns the bytes that went back.
size_t purge_down_to(size_t keep_bytes, uint64_t expired_ms);
// Purges what is too old, and what passes the budget.
void keep_to_budget(uint64_t now_ms);
// The same if the budget is passed: memory that becomes used leaves less room for what is free.
void keep_to_limit();
// Waits until one of the purges that other threads are in has ended. False: there is none.
bool wait_for_purge();
} // namespace sn::space
