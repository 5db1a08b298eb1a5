#include "range/space.h"

#include "meta/usage.h"
#include "os/os.h"
#include "range/access.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
constexpr size_t all_bytes = ~size_t(0);

// Which free memory will do.
enum class Kind
{
  any_but_spare,
  any, // spare memory first
  clean,
};

// When no free range fits: a new reservation, or what can be had by giving back all that is free, for free memory may
// be there in pieces that join only when all of them are clean, or as address space that other parts of the process
// want.
Range* find_or_reserve(uint32_t chunks, uint32_t align_chunks)
{
  size_t bytes = size_t(chunks) << config::chunk_log2;
  size_t alignment = size_t(align_chunks) << config::chunk_log2;
  Range* place = reserve_more(bytes, alignment);
  while (place == nullptr)
  {
    bool tries_again = regain(all_bytes);
    place = free_ranges.find(chunks, align_chunks);
    if (place == nullptr)
      place = reserve_more(bytes, alignment);
    if (!tries_again)
      break;
  }
  return place;
}

// Memory that was clean becomes used. What is free goes back if it stands in the way; the lock is dropped meanwhile.
bool commit(const Range* range)
{
  while (!os::commit(address_of(range), range->bytes()))
    if (!regain(all_bytes))
      return false;
  if constexpr (config::must_commit)
    close_all(range);
  return true;
}

Range* find_free(uint32_t chunks, uint32_t align_chunks, Kind kind)
{
  Range* place = kind == Kind::any ? free_ranges.find(RangeState::spare, chunks, align_chunks) : nullptr;
  if (place != nullptr)
    return place;
  return kind == Kind::clean ? free_ranges.find(RangeState::clean, chunks, align_chunks)
                             : free_ranges.find(chunks, align_chunks);
}

// `is_needed`: nothing else will do, so more is reserved, and what is free elsewhere makes room.
Range* find_place(uint32_t chunks, uint32_t align_chunks, Kind kind, bool is_needed)
{
  size_t bytes = size_t(chunks) << config::chunk_log2;
  for (;;)
  {
    Range* place = find_free(chunks, align_chunks, kind);
    if (place == nullptr && is_needed)
      place = find_or_reserve(chunks, align_chunks);
    if (place == nullptr || place->state != RangeState::clean || usage::try_add(bytes))
      return place;
    if (!is_needed || !regain(usage::excess(bytes)))
      return nullptr;
  }
}

Range* take(uint32_t chunks, uint32_t align_chunks, Kind kind, bool is_needed)
{
  Range* place = find_place(chunks, align_chunks, kind, is_needed);
  if (place == nullptr)
    return nullptr;
  bool was_clean = place->state == RangeState::clean;
  bool is_zero = was_clean || place->state == RangeState::spare; // blocks are zero until somebody has used them
  size_t bytes = size_t(chunks) << config::chunk_log2;
  Range* range = free_ranges.take(place, chunks, align_chunks);
  if (range != nullptr)
  {
    used_bytes += bytes;
    if (!was_clean || commit(range))
    {
      if (was_clean && purge_budget.is_learning())
        purge_budget.note_taken(bytes, os::now_ms());
      range->zero = is_zero;
      range->fresh = was_clean;
      return range;
    }
    used_bytes -= bytes;
    insert_clean(range);
  }
  if (was_clean)
    usage::subtract(bytes);
  return nullptr;
}

bool has_resident(uint32_t chunks, uint32_t align_chunks)
{
  return free_ranges.find(RangeState::spare, chunks, align_chunks) != nullptr ||
         free_ranges.find(RangeState::dirty, chunks, align_chunks) != nullptr;
}

void give_back(Range* range, uint64_t now_ms)
{
  purge_budget.note_used(live_bytes()); // it was never more since the last time
  used_bytes -= range->bytes();
  returned++;
  free_ranges.insert(range, RangeState::dirty, now_ms);
}

// Free memory becomes part of what is used; of `clean_chunks` that was not resident. What is committed already stays
// so. False: refused, unchanged.
bool prepare_mixed(uintptr_t base, size_t bytes, uint32_t clean_chunks)
{
  size_t clean_bytes = size_t(clean_chunks) << config::chunk_log2;
  if (!usage::try_add(clean_bytes))
    return false;
  if (!os::commit(reinterpret_cast<void*>(base), bytes))
  {
    usage::subtract(clean_bytes);
    return false;
  }
  used_bytes += bytes;
  if (purge_budget.is_learning())
    purge_budget.note_taken(clean_bytes, os::now_ms());
  return true;
}

bool grow_into_neighbours(Range* range, uint32_t chunks)
{
  uint32_t more = chunks - range->chunks;
  FreeRanges::Room room = FreeRanges::room_behind(range, chunks);
  while (room.chunks >= more)
  {
    size_t excess_bytes = usage::excess(size_t(room.clean_chunks) << config::chunk_log2);
    if (excess_bytes == 0 || !regain(excess_bytes))
      break;
    room = FreeRanges::room_behind(range, chunks); // the lock was dropped
  }
  if (room.chunks < more || !prepare_mixed(range->end(), size_t(more) << config::chunk_log2, room.clean_chunks))
    return false;
  free_ranges.grow(range, chunks);
  return true;
}

// For large objects that no dirty range holds: one around which there is enough free memory. Null: none such.
Range* take_mixed(uint32_t chunks)
{
  FreeRanges::Mixed place = free_ranges.find_mixed(chunks);
  if (place.dirty == nullptr || !prepare_mixed(place.base, size_t(chunks) << config::chunk_log2, place.clean_chunks))
    return nullptr;
  Range* range = free_ranges.take_mixed(place, chunks);
  if constexpr (config::must_commit)
    close_all(range);
  range->zero = range->fresh = false;
  return range;
}
} // namespace

uint32_t chunks_for(size_t bytes)
{
  size_t unit = os::page_bytes() > config::chunk_bytes ? os::page_bytes() : config::chunk_bytes;
  return uint32_t(align_up(bytes, unit) >> config::chunk_log2);
}

bool add(uintptr_t base, size_t bytes)
{
  Hold hold(lock);
  Range* range = describe(base, bytes);
  if (range == nullptr)
    return false;
  usage::add(bytes);
  free_ranges.insert(range, RangeState::dirty, 0);
  return true;
}

Range* allocate_range(uint32_t chunks, uint32_t align_chunks)
{
  Hold hold(lock);
  Range* range = nullptr;
  Kind kind = Kind::any_but_spare;
  if (align_chunks == 1 && free_ranges.find(RangeState::dirty, chunks, 1) == nullptr)
  {
    if (chunks >= config::mixed_chunks)
      range = take_mixed(chunks);
    if (range == nullptr && add_blocks_for_large(chunks))
      kind = Kind::any;
  }
  if (range == nullptr)
    range = take(chunks, align_chunks, kind, true);
  if (!lock.is_nested())
    keep_to_budget(os::now_ms()); // a program whose heaps keep what they need seldom frees anything here
  return range;
}

Range* allocate_chain(uint32_t chunks, uint32_t align_chunks, size_t wanted, bool fills)
{
  bool may_be_spare = fills && chunks <= config::spare_max_chunks;
  Kind kind = may_be_spare ? Kind::any : Kind::any_but_spare;
  Hold hold(lock);
  if (
    config::takes_blocks && may_be_spare && !has_resident(chunks, align_chunks) && !lock.is_nested() &&
    growth.wants_block(wanted * chunks << config::chunk_log2, used_bytes, os::now_ms()) &&
    is_room_for_blocks(config::block_bytes, wanted * chunks << config::chunk_log2))
    add_blocks(1);
  Range* first = take(chunks, align_chunks, kind, true);
  if (first == nullptr)
    return nullptr;
  Range* last = first;
  while (--wanted > 0 && (last->next = take(chunks, align_chunks, kind, false)) != nullptr)
    last = last->next;
  last->next = nullptr;
  keep_to_limit();
  return first;
}

Range* allocate_clean(uint32_t chunks, uint32_t align_chunks)
{
  Hold hold(lock);
  Range* range = take(chunks, align_chunks, Kind::clean, true);
  keep_to_limit();
  return range;
}

bool has_dirty(uint32_t chunks)
{
  Hold hold(lock);
  return free_ranges.find(RangeState::dirty, chunks, 1) != nullptr;
}

void free_range(Range* range)
{
  judge_use(range);
  uint64_t now = os::now_ms();
  Hold hold(lock);
  give_back(range, now);
  keep_to_budget(now);
}

void free_chain(Range* first)
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  while (Range* range = first)
  {
    first = range->next;
    give_back(range, now);
  }
  keep_to_budget(now);
}

bool grow(Range* range, uint32_t chunks)
{
  Hold hold(lock);
  if (!grow_into_neighbours(range, chunks))
    return false;
  keep_to_limit();
  return true;
}

bool grow_behind(Range* range, uint32_t chunks)
{
  Hold hold(lock);
  while (!extend_behind(range, chunks))
    if (!regain(all_bytes))
      return false;
  FreeRanges::Room room = FreeRanges::all_room_behind(range, chunks);
  size_t bytes = size_t(chunks - range->chunks) << config::chunk_log2;
  if (range->chunks + room.chunks < chunks || !prepare_mixed(range->end(), bytes, room.clean_chunks))
    return false;
  free_ranges.grow(range, chunks);
  return true;
}

bool shrink(Range* range, uint32_t chunks)
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  Range* tail = FreeRanges::split_tail(range, chunks);
  if (tail == nullptr)
    return false;
  give_back(tail, now);
  keep_to_budget(now);
  return true;
}

// The lock is held while the system works, so that no other thread of ours gets the address space that is vacant for a
// moment.
bool move(Range* from, size_t old_bytes, Range* to, size_t new_bytes)
{
  uint64_t now = os::now_ms();
  Hold hold(lock);
  os::Move result = os::move_pages(address_of(from), old_bytes, address_of(to), new_bytes);
  if (result == os::Move::refused)
  {
    close_all(to);
    give_back(to, now);
    return false;
  }
  bool moved = result != os::Move::destination_lost;
  Range* vacant = moved ? from : to;
  if (moved)
    to->moved = true;
  used_bytes -= vacant->bytes();
  returned++;
  usage::subtract(vacant->bytes());
  vacant->moved = false;
  if (result == os::Move::moved)
  {
    close_all(vacant);
    if (old_bytes == vacant->bytes())
      insert_clean(vacant);
    else // behind the pages that moved there may be others
    {
      usage::add(vacant->bytes());
      free_ranges.insert(vacant, RangeState::dirty, now);
    }
  }
  else
    lose(vacant);
  return moved;
}

Still::Still()
{
  lock.lock();
}

Still::~Still()
{
  lock.unlock();
}

size_t count_returns()
{
  Hold hold(lock);
  return returned;
}

Figures figures()
{
  Hold hold(lock);
  return {
    used_bytes, free_ranges.dirty_bytes(), purging_bytes, reservations.bytes(),
    usage::held_bytes.load(std::memory_order_relaxed)};
}

// A thread that a signal interrupted in the arena cannot have who waits for that leave the space. But that one has
// changed nothing by halves, so that a child can do without it.
bool try_begin_fork()
{
  if (lock.try_lock())
    return true;
  uintptr_t holder = lock.holder();
  return holder != 0 && arena::is_held_here() && arena::is_awaited_by(holder);
}

void end_fork()
{
  if (lock.is_held_here())
    lock.unlock();
}

bool is_held_here()
{
  return lock.is_held_here();
}

void wake_all()
{
  lock.wake_all();
}

// Who is about to wait for what they have in flight finds that some of it is back.
void lose_other_threads()
{
  lock.forget_other_threads();
  has_lost_threads.store(1, std::memory_order_relaxed);
  landings.fetch_add(1, std::memory_order_relaxed);
}

void forget_other_threads()
{
  Hold hold(lock);
  forget_flights();
}
} // namespace sn::space
