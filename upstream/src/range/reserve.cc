// How address space comes from the system, and goes back.
#include "meta/usage.h"
#include "os/guarded.h"
#include "range/access.h"
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
// Reserves `bytes` and makes them a clean range. Refused at any step: all is as before.
Range* reserve(size_t bytes, size_t alignment)
{
  void* start = os::reserve_guarded(bytes, alignment);
  if (start == nullptr)
    return nullptr;
  if (Range* range = describe(uintptr_t(start), bytes))
  {
    if constexpr (config::checks && !config::must_commit)
      close_fresh(range);
    return free_ranges.insert(range, RangeState::clean, 0);
  }
  os::release_guarded(start, bytes);
  return nullptr;
}

// Gives a reservation back whose only range is `range`, in no list. False: it has lost its guards (move() may lose a
// piece of it), or the system refuses.
bool release(Range* range)
{
  size_t bytes = range->bytes();
  const Reservation* reservation = reservations.around(range->base);
  SN_ASSERT(reservation->base == range->base && reservation->bytes == bytes);
  if (!reservation->may_go_back() || !os::release_guarded(address_of(range), bytes))
    return false;
  reservations.remove(range->base);
  usage::subtract(page_map::bytes_for(bytes));
  FreeRanges::destroy(range);
  return true;
}
} // namespace

Range* describe(uintptr_t base, size_t bytes)
{
  if (!page_map::ensure(base, bytes) || !reservations.add(base, bytes))
    return nullptr;
  size_t entry_bytes = page_map::bytes_for(bytes);
  bool may_add = usage::try_add(entry_bytes);
  Range* range = may_add ? FreeRanges::create(base, uint32_t(bytes >> config::chunk_log2)) : nullptr;
  if (range == nullptr)
  {
    usage::subtract(may_add ? entry_bytes : 0);
    reservations.remove(base);
    return nullptr;
  }
  range->starts_reservation = range->ends_reservation = true;
  range->unguarded = reservations.bytes() > config::guarded_bytes;
  return range;
}

Range* reserve_more(size_t bytes, size_t alignment)
{
  size_t generous = reservations.bytes() / 4;
  if (generous < config::reservation_min_bytes)
    generous = config::reservation_min_bytes;
  if (generous > config::reservation_max_bytes)
    generous = config::reservation_max_bytes;
  if (generous < bytes)
    generous = bytes;
  size_t huge_alignment = alignment < config::block_bytes ? config::block_bytes : alignment;
  Range* range = reserve(align_up(generous, config::block_bytes), huge_alignment);
  return range != nullptr ? range : reserve(bytes, alignment);
}

bool extend_behind(Range* range, uint32_t chunks)
{
  Reservation* reservation = reservations.around(range->base);
  FreeRanges::Room room = FreeRanges::all_room_behind(range, chunks);
  uintptr_t end = range->end() + (size_t(room.chunks) << config::chunk_log2);
  if (range->chunks + room.chunks >= chunks)
    return true;
  if (config::checks || end != reservation->end())
    return false;
  size_t bytes = size_t(chunks - range->chunks - room.chunks) << config::chunk_log2;
  size_t entry_bytes = page_map::bytes_for(bytes);
  auto* start = reinterpret_cast<void*>(end);
  if (end + bytes < end || !page_map::ensure(end, bytes) || !usage::try_add(entry_bytes))
    return false;
  bool is_reserved = os::reserve_at(start, bytes);
  Range* more = is_reserved ? FreeRanges::create(end, uint32_t(bytes >> config::chunk_log2)) : nullptr;
  if (more == nullptr)
  {
    usage::subtract(entry_bytes);
    if (is_reserved)
      os::release(start, bytes);
    return false;
  }
  range_at(end - 1)->ends_reservation = false;
  more->ends_reservation = true;
  more->unguarded = range->unguarded;
  reservations.extend(reservation, bytes);
  insert_clean(more);
  return true;
}

void lose(Range* range)
{
  uintptr_t base = range->base;
  size_t bytes = range->bytes();
  usage::subtract(page_map::bytes_for(bytes));
  FreeRanges::forget(range);
  reservations.cut(base, bytes, range);
}

void insert_clean(Range* range)
{
  range = free_ranges.insert(range, RangeState::clean, 0);
  bool whole = range->starts_reservation && range->ends_reservation;
  if (!whole || reservations.bytes() - range->bytes() < config::reservation_min_bytes)
    return;
  free_ranges.take_whole(range);
  if (!release(range))
    free_ranges.insert(range, RangeState::clean, 0);
}

void release_all()
{
  // The list lies in the arena, which is released after this.
  for (const Reservation* reservation = reservations.first(); reservation != nullptr; reservation = reservation->next)
    if (reservation->may_go_back())
      os::release_guarded(reinterpret_cast<void*>(reservation->base), reservation->bytes);
}
} // namespace sn::space
