// What heaps keep of the ranges that they freed (heap/large_cache.h), as far as the address space has a say in it.
#include "os/os.h"
#include "range/judge.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
std::atomic<bool> uses_wholly{false}; // relaxed: a hint
} // namespace

bool are_used_wholly()
{
  return uses_wholly.load(std::memory_order_relaxed);
}

void judge_use(Range* range)
{
  if (!config::takes_blocks || !range->fresh || range->bytes() < config::judged_min_bytes)
    return;
  range->fresh = false;
  bool wholly = is_used_wholly(range);
  uses_wholly.store(wholly, std::memory_order_relaxed);
  Hold hold(lock);
  growth.note_use(range->bytes(), wholly);
}

size_t lease(size_t bytes, bool is_first)
{
  Hold hold(lock);
  size_t base = PurgeBudget::base_bytes(live_bytes());
  size_t most = is_first ? base : base / config::lease_share;
  size_t room = most > leased_bytes ? most - leased_bytes : 0;
  size_t granted = bytes < room ? bytes : room;
  leased_bytes += granted;
  return granted;
}

void note_kept(size_t more_bytes)
{
  Hold hold(lock);
  kept_bytes += more_bytes;
}

bool try_note_kept(size_t more_bytes)
{
  if (!lock.try_lock())
    return false;
  kept_bytes += more_bytes;
  lock.unlock();
  return true;
}

void end_lease(size_t bytes)
{
  Hold hold(lock);
  leased_bytes -= bytes;
  lease_ends.store(lease_ends.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

bool look_round(uint64_t now_ms)
{
  if (!lock.try_lock())
    return false;
  find_excess(now_ms);
  if (holds_much())
    tell_news();
  bool is_time = leased_bytes != 0 && now_ms - looked_ms >= options.purge_delay_ms;
  if (is_time)
    looked_ms = now_ms;
  lock.unlock();
  return is_time;
}
} // namespace sn::space
