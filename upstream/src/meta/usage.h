// How many bytes the allocator holds from the system, and the most it ever held: memory in use, free memory that was
// not given back, and metadata. Any thread.
#pragma once

#include "base/options.h"
#include "os/os.h"

#include <atomic>

namespace sn::usage
{
// Independent counters: relaxed, they order nothing.
inline Alone<std::atomic<size_t>> held_bytes{0};
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

// By how many bytes the limit would be passed if so many more were held.
inline size_t excess(size_t bytes)
{
  size_t held = held_bytes.load(std::memory_order_relaxed);
  size_t limit = options.memory_limit_bytes;
  size_t room = held < limit ? limit - held : 0;
  return bytes > room ? bytes - room : 0;
}

// Whether the limit is nearly reached: time to hold nothing back. Never without a limit.
inline bool is_scarce()
{
  size_t limit = options.memory_limit_bytes;
  return held_bytes.load(std::memory_order_relaxed) > limit - limit / config::scarce_share;
}

// Adds the bytes, unless that passes the program's limit.
inline bool try_add(size_t bytes)
{
  size_t held = held_bytes.load(std::memory_order_relaxed);
  do
    if (SN_UNLIKELY(bytes > options.memory_limit_bytes || held > options.memory_limit_bytes - bytes))
      return false; // others never see what is refused
  while (!held_bytes.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
  note_peak(held + bytes);
  return true;
}

// Commits memory and counts it. False: the limit or the system refuses.
inline bool commit(void* start, size_t bytes)
{
  if (!try_add(bytes))
    return false;
  if (os::commit(start, bytes))
    return true;
  subtract(bytes);
  return false;
}

// How many bytes were purged so far, and how often.
inline std::atomic<size_t> purged_bytes{0};
inline std::atomic<size_t> purges{0};
// Of these, by the idle thread (heap/idle.h).
inline std::atomic<size_t> idle_purged_bytes{0};

// Of memory that stays counted as held.
inline void note_hole(size_t bytes)
{
  purged_bytes.fetch_add(bytes, std::memory_order_relaxed);
  purges.fetch_add(1, std::memory_order_relaxed);
}

inline void note_purge(size_t bytes)
{
  subtract(bytes);
  note_hole(bytes);
}
} // namespace sn::usage
