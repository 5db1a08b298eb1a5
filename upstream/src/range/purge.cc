// How free memory goes back to the system: the oldest first, but whole blocks before what would break a huge page.
#include "meta/usage.h"
#include "os/os.h"
#include "range/access.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
// The whole blocks in a range, up to `most` of them: what can go back without breaking a huge page.
uint32_t whole_blocks(const Range* range, size_t most)
{
  uintptr_t start = align_up(range->base, config::block_bytes); // at the end of the addresses 0
  size_t blocks = start < range->base || range->end() < start ? 0 : (range->end() - start) / config::block_bytes;
  return uint32_t(blocks < most ? blocks : most);
}

// Takes one of the oldest free resident ranges, or a part of it if not all of `bytes` has to go back.
Range* take_victim(size_t bytes)
{
  constexpr int looks = 32;
  constexpr uint32_t block_chunks = config::block_bytes >> config::chunk_log2;
  size_t wanted = (bytes + config::block_bytes - 1) / config::block_bytes;
  DirtyRange* range = free_ranges.oldest_dirty();
  for (int look = 0; range != nullptr && look < looks; look++, range = range->newer)
    if (uint32_t blocks = whole_blocks(range, wanted))
      if (Range* part = free_ranges.take(range, blocks * block_chunks, block_chunks))
        return part;
  Range* oldest = free_ranges.oldest_dirty();
  free_ranges.take_whole(oldest);
  return oldest;
}
} // namespace

size_t purge_down_to(size_t keep_bytes, uint64_t expired_ms)
{
  Range* victims = nullptr;
  size_t victim_bytes = 0;
  while (DirtyRange* oldest = free_ranges.oldest_dirty())
  {
    Range* victim = oldest;
    if (oldest->freed_ms < expired_ms)
      free_ranges.take_whole(oldest);
    else if (size_t dirty_bytes = free_ranges.dirty_bytes(); dirty_bytes > keep_bytes)
      victim = take_victim(dirty_bytes - keep_bytes);
    else
      break;
    victim_bytes += victim->bytes();
    victim->next = victims;
    victims = victim;
  }
  if (victims == nullptr)
    return 0;
  purging_bytes += victim_bytes;
  uint32_t life = begin_flight();
  uint64_t now = os::now_ms();
  Range* purged = nullptr;
  Range* refused = nullptr;
  while (Range* range = victims)
  {
    victims = range->next;
    bool is_purged = os::purge(address_of(range), range->bytes(), range->moved);
    if (is_purged && range->moved)
      close_all(range); // it was mapped afresh
    Range*& list = is_purged ? purged : refused;
    range->next = list;
    list = range;
  }
  (end_flight(life) ? purging_bytes : used_bytes) -= victim_bytes;
  returned++;
  size_t purged_bytes = 0;
  while (Range* range = purged)
  {
    purged = range->next;
    purged_bytes += range->bytes();
    usage::note_purge(range->bytes());
    range->moved = false;
    insert_clean(range);
  }
  while (Range* range = refused)
  {
    refused = range->next;
    free_ranges.insert(range, RangeState::dirty, now);
  }
  if (purged_bytes == 0)
    purge_budget.note_refused(now);
  return purged_bytes;
}

void keep_to_budget(uint64_t now_ms)
{
  if (purge_budget.is_pointless(now_ms) || defers_purges.load(std::memory_order_relaxed))
    return;
  uint64_t expired_ms = expired_before_ms(now_ms);
  size_t all = ~size_t(0);
  if (DirtyRange* oldest = free_ranges.oldest_dirty(); oldest != nullptr && oldest->freed_ms < expired_ms)
    purge_budget.note_expired(purge_down_to(all, expired_ms));
  if (resident_free_bytes() > purge_budget.limit_bytes(live_bytes()) && free_ranges.dirty_bytes() != 0)
  {
    size_t goal = purge_budget.goal_bytes(live_bytes());
    purge_budget.note_purged(purge_down_to(goal > kept_bytes ? goal - kept_bytes : 0, 0), now_ms);
  }
}

void keep_to_limit()
{
  if (SN_UNLIKELY(resident_free_bytes() > purge_budget.limit_bytes(live_bytes())) && !lock.is_nested())
    keep_to_budget(os::now_ms());
}

uint32_t begin_flight()
{
  flights++;
  uint32_t life = lives;
  lock.unlock();
  return life;
}

// Who waits finds what the caller does before it releases the lock again.
bool end_flight(uint32_t life)
{
  lock.lock();
  bool is_known = life == lives;
  flights -= is_known;
  landings.fetch_add(1, std::memory_order_relaxed);
  if (flight_waiters != 0)
    os::wake_all(landings);
  return is_known;
}

void forget_flights()
{
  if (SN_LIKELY(has_lost_threads.load(std::memory_order_relaxed) == 0))
    return;
  has_lost_threads.store(0, std::memory_order_relaxed);
  lives++;
  flights = 0;
  flight_waiters = 0;
  used_bytes += purging_bytes; // for ever, but for this thread's own
  purging_bytes = 0;
}

bool wait_for_flight()
{
  forget_flights();
  if (flights == 0 || lock.is_nested())
    return false;
  uint32_t landed = landings.load(std::memory_order_relaxed);
  flight_waiters++;
  uint32_t life = lives;
  lock.unlock();
  os::wait(landings, landed);
  lock.lock();
  flight_waiters -= life == lives;
  return true;
}

bool regain(size_t bytes)
{
  size_t dirty_bytes = free_ranges.dirty_bytes();
  if (bytes == 0) // it is there by now
    return true;
  return purge_down_to(dirty_bytes > bytes ? dirty_bytes - bytes : 0, 0) != 0 || wait_for_flight();
}

void purge(bool all)
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  if (all)
    purge_down_to(0, 0);
  else
    keep_to_budget(now);
}

// Where the library is malloc the idle thread is started here or hardly ever.
void note_thread()
{
  Hold hold(lock);
  if (config::stands_in_for_malloc || holds_much())
    tell_news();
}

void defer_purges(bool defers)
{
  Hold hold(lock);
  defers_purges.store(defers, std::memory_order_relaxed);
}

void purge_resting(bool all)
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  if (!all && purge_budget.is_pointless(now))
    return;
  purge_budget.note_expired(purge_down_to(~size_t(0), all ? now + 1 : expired_before_ms(now)));
}

bool has_free_memory()
{
  Hold hold(lock);
  return free_ranges.dirty_bytes() != 0;
}
} // namespace sn::space
