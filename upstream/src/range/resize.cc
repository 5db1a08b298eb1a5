// How a range in use becomes larger or smaller where it is, and how pages move from one to another.
#include "meta/usage.h"
#include "os/os.h"
#include "range/access.h"
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
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
} // namespace

bool grow(Range* range, uint32_t chunks)
{
  Hold hold(lock);
  if (!grow_into_neighbours(range, chunks))
    return false;
  note_taken();
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
  find_excess(now);
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
} // namespace sn::space
