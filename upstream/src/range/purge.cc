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

// So many whole blocks, or fewer, of a range. Null: it holds none, or blocks are nothing special here.
Range* take_blocks(Range* range, size_t bytes)
{
  constexpr uint32_t block_chunks = config::block_bytes >> config::chunk_log2;
  if (!growth.has_made_blocks())
    return nullptr;
  uint32_t blocks = whole_blocks(range, bytes / config::block_bytes + (bytes % config::block_bytes != 0));
  return blocks == 0 ? nullptr : free_ranges.take(range, blocks * block_chunks, block_chunks);
}

// A range, or so much of it. Without memory for metadata it is the whole.
Range* take_part(Range* range, size_t bytes)
{
  if (range->bytes() > bytes)
  {
    if (Range* blocks = take_blocks(range, bytes))
      return blocks;
    if (uint32_t chunks = chunks_for(bytes); chunks < range->chunks)
      if (Range* part = free_ranges.take(range, chunks, 1))
        return part;
  }
  free_ranges.take_whole(range);
  return range;
}

// One of the oldest free resident ranges, or so much of it.
Range* take_victim(size_t bytes)
{
  constexpr int looks = 32;
  DirtyRange* range = free_ranges.oldest_dirty();
  for (int look = 0; range != nullptr && look < looks; look++, range = range->newer)
    if (Range* blocks = take_blocks(range, bytes))
      return blocks;
  return take_part(free_ranges.oldest_dirty(), bytes);
}

bool has_expired(uint64_t now_ms)
{
  DirtyRange* oldest = free_ranges.oldest_dirty();
  return oldest != nullptr && oldest->freed_ms < expired_before_ms(now_ms);
}

// Makes free what the system does not take back, as locked memory: with all that it joins it comes last, so that the
// rest is tried first.
Range* insert_newest(Range* range, uint64_t now_ms)
{
  range = free_ranges.insert(range, RangeState::dirty, now_ms);
  free_ranges.take_whole(range);
  return free_ranges.insert(range, RangeState::dirty, now_ms);
}

// Purges what has expired, and what drains; up to so many bytes. Returns how many.
size_t purge_excess(size_t most_bytes, uint64_t now_ms)
{
  size_t expired_bytes = 0;
  if (has_expired(now_ms))
    expired_bytes = purge_down_to(all_bytes, expired_before_ms(now_ms), most_bytes);
  purge_budget.note_expired(expired_bytes);
  size_t drained_bytes = 0;
  if (is_draining && expired_bytes < most_bytes)
  {
    size_t goal = purge_budget.goal_bytes(live_bytes());
    drained_bytes = purge_down_to(goal > kept_bytes ? goal - kept_bytes : 0, 0, most_bytes - expired_bytes);
    purge_budget.note_purged(drained_bytes, now_ms);
  }
  find_excess(now_ms);
  return expired_bytes + drained_bytes;
}

// Between two pieces: a fork that waits for flights to end begins first.
void give_way()
{
  while (SN_UNLIKELY(fork_waits.load(std::memory_order_relaxed) != 0))
  {
    lock.unlock();
    os::wait_briefly(fork_waits, 1);
    lock.lock();
  }
}

// A word for the name of one more purger. Null: there are enough of them.
std::atomic<uintptr_t>* free_name()
{
  for (std::atomic<uintptr_t>& name : purgers)
    if (name.load(std::memory_order_relaxed) == 0)
      return &name;
  return nullptr;
}

// Names the calling thread as a purger, while it holds nothing else; unless it is one, which a signal handler that
// forks has interrupted.
class Purging
{
public:
  Purging() : name(is_purging_here() ? nullptr : free_name())
  {
    if (name != nullptr)
      name->store(os::this_thread(), std::memory_order_relaxed);
  }
  ~Purging()
  {
    if (name != nullptr)
      name->store(0, std::memory_order_relaxed);
  }
  Purging(const Purging&) = delete;
  Purging& operator=(const Purging&) = delete;

private:
  std::atomic<uintptr_t>* name;
};

// Waits until there are not too many purgers, which may have nothing in flight just now, because a fork comes first.
void wait_for_purgers()
{
  while (free_name() == nullptr && !is_purging_here() && !lock.is_nested())
    if (!wait_for_flight())
    {
      lock.unlock();
      std::atomic<uint32_t> moment{0};
      os::wait_briefly(moment, 0);
      lock.lock();
    }
}
} // namespace

size_t purge_down_to(size_t keep_bytes, uint64_t expired_ms, size_t most_bytes)
{
  Range* victims = nullptr;
  size_t victim_bytes = 0;
  while (victim_bytes < most_bytes)
  {
    DirtyRange* oldest = free_ranges.oldest_dirty();
    if (oldest == nullptr)
      break;
    size_t left_bytes = most_bytes - victim_bytes;
    size_t dirty_bytes = free_ranges.dirty_bytes();
    Range* victim = nullptr;
    if (oldest->freed_ms < expired_ms)
      victim = take_part(oldest, left_bytes);
    else if (dirty_bytes > keep_bytes)
      victim = take_victim(left_bytes < dirty_bytes - keep_bytes ? left_bytes : dirty_bytes - keep_bytes);
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
    refused_bytes += insert_newest(range, now)->bytes();
  }
  if (purged_bytes != 0)
    refused_bytes = 0;
  else if (refused_bytes >= free_ranges.dirty_bytes())
    purge_budget.note_refused(now);
  return purged_bytes;
}

void find_excess(uint64_t now_ms)
{
  if (free_ranges.dirty_bytes() == 0 || resident_free_bytes() <= purge_budget.goal_bytes(live_bytes()))
    is_draining = false;
  else if (resident_free_bytes() > purge_budget.limit_bytes(live_bytes()))
    is_draining = true;
  bool is_excess = (is_draining || has_expired(now_ms)) && !purge_budget.is_pointless(now_ms);
  has_excess.store(is_excess, std::memory_order_relaxed);
  if (!is_excess)
    owed_bytes = 0;
}

void note_taken()
{
  if (SN_UNLIKELY(resident_free_bytes() > purge_budget.limit_bytes(live_bytes())))
    has_excess.store(true, std::memory_order_relaxed);
}

void purge_slice()
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  bool may_purge = !lock.is_nested() && !is_purging_here() && free_name() != nullptr;
  if (!may_purge || fork_waits.load(std::memory_order_relaxed) != 0)
    return;
  find_excess(now);
  if (!has_excess.load(std::memory_order_relaxed))
    return;
  size_t most_bytes = owed_bytes + config::purge_slice_bytes; // more than came, for the budget may become smaller
  owed_bytes = 0;
  Purging purging;
  purge_excess(most_bytes, now);
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

void purge_all()
{
  Hold hold(lock);
  wait_for_purgers();
  Purging purging;
  refused_bytes = 0;
  while (free_ranges.dirty_bytes() > refused_bytes)
  {
    purge_down_to(0, 0, config::purge_piece_bytes);
    give_way();
  }
}

// Where the library is malloc the idle thread is started here or hardly ever.
void note_thread()
{
  Hold hold(lock);
  if (config::stands_in_for_malloc || holds_much())
    tell_news();
}

size_t purge_resting(bool all)
{
  uint64_t now = os::now_ms();
  size_t purged_bytes = 0;
  Hold hold(lock);
  find_excess(now);
  while (has_excess.load(std::memory_order_relaxed))
  {
    purged_bytes += purge_excess(config::purge_piece_bytes, now);
    give_way();
  }
  refused_bytes = 0;
  while (all && free_ranges.dirty_bytes() > refused_bytes && free_ranges.oldest_dirty()->freed_ms <= now)
  {
    size_t piece_bytes = purge_down_to(all_bytes, now + 1, config::purge_piece_bytes);
    purge_budget.note_expired(piece_bytes);
    purged_bytes += piece_bytes;
    give_way();
  }
  return purged_bytes;
}

bool has_free_memory()
{
  Hold hold(lock);
  return free_ranges.dirty_bytes() != 0;
}
} // namespace sn::space
