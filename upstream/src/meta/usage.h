// How many bytes the allocator holds from the system, now and at most so far: memory in use or free but not given
// back, and metadata. Any thread.
#pragma once

#include "base/options.h"
#include "os/os.h"

#include <atomic>

namespace sn::usage
{
// Independent counters: relaxed, they order nothing.
inline std::atomic<size_t> held_bytes{0};
inline std::atomic<size_t> peak_bytes{0};

inline void note_peak(size_t now)
{
  size_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (now > peak && !peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed))
    ;
}

inline void add(size_t bytes)
{
  note_peak(held_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes);
}

inline void subtract(size_t bytes)
{
  held_bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

// False: it would be more than the program's limit.
inline bool try_add(size_t bytes)
{
  size_t now = held_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (SN_UNLIKELY(now > options.memory_limit_bytes))
  {
    subtract(bytes);
    return false;
  }
  note_peak(now);
  return true;
}

// Commits memory that counts from now on. False: the limit or the system refuses.
inline bool commit(void* start, size_t bytes)
{
  if (!try_add(bytes))
    return false;
  if (os::commit(start, bytes))
    return true;
  subtract(bytes);
  return false;
}

// What went back to the system so far, in so many pieces.
inline std::atomic<size_t> purged_bytes{0};
inline std::atomic<size_t> purges{0};

inline void note_purge(size_t bytes)
{
  subtract(bytes);
  purged_bytes.fetch_add(bytes, std::memory_order_relaxed);
  purges.fetch_add(1, std::memory_order_relaxed);
}
} // namespace sn::usage
