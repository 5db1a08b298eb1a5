// What systems that promise no more than mmap do with memory.
#include "base/faults.h"
#include "os/posix.h"

#include <stdlib.h>

namespace sn::os
{
// Advice that gives pages back promises zero on no two of these systems alike; a fresh mapping does on all.
bool purge(void* start, size_t bytes, bool)
{
  KeepErrno keep;
  return map(start, bytes, MAP_FIXED) != nullptr;
}

void close_fresh(void* start, size_t bytes)
{
  protect(start, bytes, false);
}

// Growing objects are copied.
Move move_pages(void*, size_t, void*, size_t)
{
  return Move::refused;
}

uint64_t entropy()
{
  KeepErrno keep;
  uint64_t bits;
  arc4random_buf(&bits, sizeof(bits));
  return bits;
}

uint64_t read_clock_ns(clockid_t clock)
{
  timespec now{};
  clock_gettime(clock, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}

void nap()
{
  KeepErrno keep;
  NotCancelled stay;
  timespec moment{0, 50'000};
  nanosleep(&moment, nullptr);
}

void wait_briefly(std::atomic<uint32_t>&, uint32_t)
{
  nap();
}

void wait_for_ms(std::atomic<uint32_t>& word, uint32_t value, uint32_t most_ms)
{
  constexpr uint32_t step_ms = 20;
  KeepErrno keep;
  NotCancelled stay;
  for (uint32_t waited_ms = 0; waited_ms < most_ms && word.load(std::memory_order_relaxed) == value;)
  {
    uint32_t left_ms = most_ms - waited_ms;
    uint32_t next_ms = left_ms < step_ms ? left_ms : step_ms;
    timespec moment{0, long(next_ms) * 1'000'000};
    nanosleep(&moment, nullptr);
    waited_ms += next_ms;
  }
}

void start()
{
  page_bytes();
}
} // namespace sn::os
