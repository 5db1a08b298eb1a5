// How clean memory becomes resident in blocks of a huge page.
#include "meta/usage.h"
#include "os/os.h"
#include "range/state.h"

namespace sn::space
{
namespace
{
bool has_resident(uint32_t chunks, uint32_t align_chunks)
{
  return free_ranges.find(RangeState::spare, chunks, align_chunks) != nullptr ||
         free_ranges.find(RangeState::dirty, chunks, align_chunks) != nullptr;
}

// Blocks are free memory that stays resident, but for what is wanted of them, and within the budget like all of it.
bool is_room_for_blocks(size_t bytes, size_t wanted_bytes)
{
  return resident_free_bytes() + bytes - wanted_bytes <= purge_budget.limit_bytes(live_bytes() + wanted_bytes);
}

// Gives back as much free memory as stands in their way, but no more than they take: cheaper than the single pages that
// the object would have.
void make_room_for_blocks(size_t bytes, size_t wanted_bytes)
{
  uint64_t now = os::now_ms();
  if (is_room_for_blocks(bytes, wanted_bytes) || purge_budget.is_pointless(now))
    return;
  size_t limit = purge_budget.limit_bytes(live_bytes() + wanted_bytes);
  size_t rest = bytes - wanted_bytes + kept_bytes;
  purge_budget.note_purged(purge_down_to(limit > rest ? limit - rest : 0, 0, bytes), now);
}

// Makes blocks of clean memory spare, side by side, if there are such.
SN_COLD void add_blocks(uint32_t count)
{
  constexpr uint32_t block_chunks = config::block_bytes >> config::chunk_log2;
  size_t bytes = count * config::block_bytes;
  Range* blocks = free_ranges.find(RangeState::clean, count * block_chunks, block_chunks);
  if (blocks == nullptr || !usage::try_add(bytes))
    return;
  blocks = free_ranges.take(blocks, count * block_chunks, block_chunks);
  if (blocks == nullptr)
    return usage::subtract(bytes);
  used_bytes += bytes;
  uint32_t life = begin_flight();
  os::Populated result = os::populate_huge(address_of(blocks), bytes);
  uint64_t now = os::now_ms();
  end_flight(life);
  used_bytes -= bytes;
  returned++;
  growth.note(result, now);
  if (result != os::Populated::refused)
  {
    free_ranges.insert(blocks, RangeState::spare, now);
    return;
  }
  usage::subtract(bytes);
  insert_clean(blocks);
}
} // namespace

void add_block_for_slabs(uint32_t chunks, uint32_t align_chunks, size_t count)
{
  if (!config::takes_blocks || lock.is_nested() || has_resident(chunks, align_chunks))
    return;
  size_t bytes = count * chunks << config::chunk_log2;
  if (growth.wants_block(bytes, used_bytes, os::now_ms()) && is_room_for_blocks(config::block_bytes, bytes))
    add_blocks(1);
}

bool add_blocks_for_large(uint32_t chunks)
{
  size_t bytes = size_t(chunks) << config::chunk_log2;
  if (
    !config::takes_blocks || lock.is_nested() || bytes > config::blocks_max_bytes ||
    !growth.wants_block_for_large(bytes, used_bytes, os::now_ms()))
    return false;
  size_t block_bytes = align_up(bytes, config::block_bytes);
  if (free_ranges.find(RangeState::spare, chunks, 1) == nullptr)
  {
    make_room_for_blocks(block_bytes, bytes);
    add_blocks(uint32_t(block_bytes / config::block_bytes));
  }
  return true;
}
} // namespace sn::space
