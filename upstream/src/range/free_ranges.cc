#include "range/free_ranges.h"

#include "os/os.h"

#include <initializer_list>
#include <new>

namespace sn
{
namespace
{
void name_boundaries(const Range* range, uint32_t index)
{
  page_map::entry_of(range->base).range.store(index, std::memory_order_relaxed);
  page_map::entry_of(range->end() - 1).range.store(index, std::memory_order_relaxed);
}

// Moves what lies behind the first `chunks` of `range` into `tail`, which is new.
void split(Range* range, uint32_t chunks, Range* tail)
{
  tail->base = range->base + (size_t(chunks) << config::chunk_log2);
  tail->chunks = range->chunks - chunks;
  tail->state = range->state;
  tail->ends_reservation = range->ends_reservation;
  tail->unguarded = range->unguarded;
  tail->moved = range->moved;
  tail->wiped = range->wiped;
  range->chunks = chunks;
  range->ends_reservation = false;
  name_boundaries(range, arena::index_of(range));
  name_boundaries(tail, arena::index_of(tail));
}

// Appends `right` to `left`, which ends where it starts. Nothing needs the metadata of `right` any more.
void append(Range* left, const Range* right)
{
  left->chunks += right->chunks;
  left->wiped = left->wiped && right->wiped;
  left->ends_reservation = right->ends_reservation;
  name_boundaries(left, arena::index_of(left));
}

void join(Range* left, Range* right)
{
  append(left, right);
  granules.put(right);
}

Range* left_of(const Range* range)
{
  return range->starts_reservation ? nullptr : range_at(range->base - 1);
}

Range* right_of(const Range* range)
{
  return range->ends_reservation ? nullptr : range_at(range->end());
}

bool may_join(const Range* neighbour, const Range* range)
{
  return neighbour != nullptr && neighbour->state == range->state && !neighbour->moved && !range->moved;
}

// Whether a large object can lie partly in `neighbour`. Spare memory is kept for small ones.
bool is_room(const Range* neighbour)
{
  return neighbour != nullptr && (neighbour->state == RangeState::dirty || neighbour->state == RangeState::clean) &&
         !neighbour->moved;
}

// What of `chunks` the free memory on one side of a range can give.
FreeRanges::Room room_beside(const Range* range, uint32_t chunks, Range* (*neighbour_of)(const Range*))
{
  constexpr int looks = 8;
  FreeRanges::Room room{};
  const Range* neighbour = neighbour_of(range);
  for (int look = 0; look < looks && room.chunks < chunks && is_room(neighbour); look++)
  {
    uint32_t left = chunks - room.chunks;
    uint32_t part = neighbour->chunks < left ? neighbour->chunks : left;
    room.chunks += part;
    room.clean_chunks += neighbour->state == RangeState::clean ? part : 0;
    neighbour = neighbour_of(neighbour);
  }
  return room;
}

Range* blank_range()
{
  void* granule = granules.take();
  return granule == nullptr ? nullptr : new (granule) Range{};
}
} // namespace

Range* FreeRanges::create(uintptr_t base, uint32_t chunks)
{
  Range* range = blank_range();
  if (range != nullptr)
  {
    range->base = base;
    range->chunks = chunks;
    name_boundaries(range, arena::index_of(range));
  }
  return range;
}

void FreeRanges::forget(Range* range)
{
  if (Range* left = left_of(range))
    left->ends_reservation = true;
  if (Range* right = right_of(range))
    right->starts_reservation = true;
  name_boundaries(range, 0);
}

Range* FreeRanges::find(uint32_t chunks, uint32_t align_chunks) const
{
  Range* range = find(RangeState::dirty, chunks, align_chunks);
  return range != nullptr ? range : find(RangeState::clean, chunks, align_chunks);
}

Range* FreeRanges::take(Range* range, uint32_t chunks, uint32_t align_chunks)
{
  auto before = uint32_t((Bins::aligned_base(range, align_chunks) - range->base) >> config::chunk_log2);
  uint32_t after = range->chunks - before - chunks;
  Range* object = before == 0 ? range : blank_range();
  Range* tail = after == 0 ? nullptr : blank_range();
  if (object == nullptr || (after != 0 && tail == nullptr))
  {
    if (object != nullptr && object != range)
      granules.put(object);
    if (tail != nullptr)
      granules.put(tail);
    return nullptr;
  }
  Age age = remove(range);
  if (before != 0)
  {
    split(range, before, object);
    add(range, age);
  }
  if (after != 0)
  {
    split(object, chunks, tail);
    add(tail, age);
  }
  object->state = RangeState::used;
  return object;
}

FreeRanges::Mixed FreeRanges::find_mixed(uint32_t chunks) const
{
  constexpr int looks = 16;
  Mixed best{nullptr, 0, chunks / 2 + 1};
  DirtyRange* dirty = by_age.newest();
  for (int look = 0; look < looks && dirty != nullptr; look++, dirty = dirty->older)
  {
    if (!is_room(dirty) || dirty->chunks >= chunks)
      continue;
    uint32_t lacking = chunks - dirty->chunks;
    Room right = room_beside(dirty, lacking, right_of);
    Room left = room_beside(dirty, lacking - right.chunks, left_of);
    uint32_t clean_chunks = left.clean_chunks + right.clean_chunks;
    if (left.chunks + right.chunks == lacking && clean_chunks < best.clean_chunks)
      best = {dirty, dirty->base - (size_t(left.chunks) << config::chunk_log2), clean_chunks};
  }
  return best;
}

Range* FreeRanges::take_mixed(const Mixed& place, uint32_t chunks)
{
  Range* range = place.dirty;
  take_whole(range);
  if (uintptr_t end = place.base + (size_t(chunks) << config::chunk_log2); end > range->end())
    grow(range, uint32_t((end - range->base) >> config::chunk_log2));
  while (range->chunks < chunks)
    range = grow_left(range, chunks);
  SN_ASSERT(range->base == place.base);
  return range;
}

// Makes a range in use larger, up to `chunks`, by memory of its free left neighbour.
Range* FreeRanges::grow_left(Range* range, uint32_t chunks)
{
  Range* left = left_of(range);
  uint32_t more = chunks - range->chunks;
  Age age = remove(left);
  if (left->chunks <= more)
  {
    left->state = RangeState::used;
    join(left, range);
    return left;
  }
  left->chunks -= more;
  range->base -= size_t(more) << config::chunk_log2;
  range->chunks = chunks;
  name_boundaries(left, arena::index_of(left));
  name_boundaries(range, arena::index_of(range));
  add(left, age);
  return range;
}

void FreeRanges::take_whole(Range* range)
{
  remove(range);
  range->state = RangeState::used;
}

Range* FreeRanges::insert(Range* range, RangeState state, uint64_t now_ms)
{
  SN_ASSERT(range->state == RangeState::used);
  range->state = state;
  // What is joined is as old as its largest part, so that a small range that comes and goes keeps nothing else
  // resident.
  Age age{nullptr, now_ms};
  Range* joined[2];
  unsigned joined_count = 0;
  uint32_t largest = range->chunks;
  if (Range* left = left_of(range); may_join(left, range))
  {
    Age left_age = remove(left);
    if (left->chunks > largest)
    {
      largest = left->chunks;
      age = left_age;
    }
    append(left, range);
    joined[joined_count++] = range;
    range = left;
  }
  if (Range* right = right_of(range); may_join(right, range))
  {
    bool is_largest = right->chunks > largest;
    Age right_age = remove(right);
    if (is_largest || age.newer == right)
      age = {right_age.newer, is_largest ? right_age.freed_ms : age.freed_ms};
    append(range, right);
    joined[joined_count++] = right;
  }
  add(range, age);
  while (joined_count > 0)
    granules.put(joined[--joined_count]);
  return range;
}

FreeRanges::Room FreeRanges::room_behind(const Range* range, uint32_t chunks)
{
  return range->moved ? Room{} : all_room_behind(range, chunks);
}

FreeRanges::Room FreeRanges::all_room_behind(const Range* range, uint32_t chunks)
{
  return room_beside(range, chunks - range->chunks, right_of);
}

void FreeRanges::grow(Range* range, uint32_t chunks)
{
  while (range->chunks < chunks)
  {
    Range* right = right_of(range);
    uint32_t more = chunks - range->chunks;
    Age age = remove(right);
    if (right->chunks <= more)
    {
      join(range, right);
      continue;
    }
    right->base += size_t(more) << config::chunk_log2;
    right->chunks -= more;
    range->chunks = chunks;
    name_boundaries(range, arena::index_of(range));
    name_boundaries(right, arena::index_of(right));
    add(right, age);
  }
}

Range* FreeRanges::split_tail(Range* range, uint32_t chunks)
{
  Range* tail = blank_range();
  if (tail != nullptr)
    split(range, chunks, tail);
  return tail;
}

void FreeRanges::add(Range* range, Age age)
{
  bins[unsigned(range->state)].insert(range);
  if (is_resident(range))
    by_age.insert(static_cast<DirtyRange*>(range), age.newer, age.freed_ms);
}

FreeRanges::Age FreeRanges::remove(Range* range)
{
  bins[unsigned(range->state)].remove(range);
  if (!is_resident(range))
    return {nullptr, 0};
  auto* dirty_range = static_cast<DirtyRange*>(range);
  by_age.remove(dirty_range);
  return {dirty_range->newer, dirty_range->freed_ms};
}
} // namespace sn
