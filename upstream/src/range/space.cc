#include "range/space.h"

#include "meta/usage.h"
#include "os/os.h"
#include "range/access.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
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
      owed_bytes += bytes;
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
  owed_bytes += bytes;
  if (purge_budget.is_learning())
    purge_budget.note_taken(clean_bytes, os::now_ms());
  return true;
}

void give_back(Range* range, uint64_t now_ms)
{
  purge_budget.note_used(live_bytes()); // it was never more since the last time
  used_bytes -= range->bytes();
  returned++;
  owed_bytes += range->bytes();
  free_ranges.insert(range, RangeState::dirty, now_ms);
  if (SN_UNLIKELY(resident_free_bytes() > options.resident_budget_bytes))
    tell_news();
}

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
  find_excess(os::now_ms()); // a program whose heaps keep what they need seldom frees anything here
  return range;
}

Range* allocate_chain(uint32_t chunks, uint32_t align_chunks, size_t wanted, bool fills)
{
  bool may_be_spare = fills && chunks <= config::spare_max_chunks;
  Kind kind = may_be_spare ? Kind::any : Kind::any_but_spare;
  Hold hold(lock);
  if (may_be_spare)
    add_block_for_slabs(chunks, align_chunks, wanted);
  Range* first = take(chunks, align_chunks, kind, true);
  if (first == nullptr)
    return nullptr;
  Range* last = first;
  while (--wanted > 0 && (last->next = take(chunks, align_chunks, kind, false)) != nullptr)
    last = last->next;
  last->next = nullptr;
  note_taken();
  return first;
}

Range* allocate_clean(uint32_t chunks, uint32_t align_chunks)
{
  Hold hold(lock);
  Range* range = take(chunks, align_chunks, Kind::clean, true);
  note_taken();
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
  find_excess(now);
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
  find_excess(now);
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

} // namespace sn::space
