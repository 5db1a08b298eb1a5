// The state of the address space, for space.cc, process.cc and check.cc alone.
#pragma once

#include "os/lock.h"
#include "range/free_ranges.h"
#include "range/purge_budget.h"
#include "range/reservations.h"

namespace sn::space
{
inline Lock lock;

// All below is read and written with the lock held.
inline SN_CONSTINIT FreeRanges free_ranges;
inline SN_CONSTINIT Reservations reservations;
inline SN_CONSTINIT PurgeBudget purge_budget;
inline size_t used_bytes = 0;
inline size_t purging_bytes = 0; // taken by purges in flight
inline uint32_t purges_in_flight = 0;
inline std::atomic<uint32_t> purges_done{0};
} // namespace sn::space
