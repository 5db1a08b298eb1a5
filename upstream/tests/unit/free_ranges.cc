// Cutting and joining of free ranges against a model that knows the state of every chunk. No memory is mapped: free
// ranges never look at it.
#include "core.h"

#include <string.h>
#include <vector>

using namespace sn;

namespace
{
constexpr uint32_t reservation_chunks = 600;
constexpr uintptr_t first_base = (uintptr_t(40) << 30) + 7 * config::chunk_bytes;

class Model
{
public:
  explicit Model(uint64_t seed) : random(seed) { EXPECT(page_map::ensure(first_base, config::GiB)); }

  // Reservations side by side, which must not be joined.
  void reserve()
  {
    uintptr_t base = first_base + reserved * reservation_chunks * config::chunk_bytes;
    Range* range = FreeRanges::create(base, reservation_chunks);
    EXPECT(range->state == RangeState::used && range->base == base && range->chunks == reservation_chunks);
    range->starts_reservation = range->ends_reservation = true;
    EXPECT(ranges.insert(range, RangeState::clean, 0) == range);
    reserved++;
  }

  void step()
  {
    now += random.below(3);
    switch (random.below(7))
    {
    case 0:
    case 1:
      take();
      break;
    case 6:
      take_mixed();
      break;
    case 2:
      give_back();
      break;
    case 3:
      grow();
      break;
    case 4:
      split();
      break;
    default:
      purge_oldest();
      break;
    }
    check();
  }

  void free_all()
  {
    for (Range* range : used)
    {
      range->moved = false;
      ranges.insert(range, RangeState::dirty, now);
    }
    used.clear();
    while (ranges.oldest_dirty() != nullptr)
      purge_oldest();
    for (uint32_t number = 0; number < reserved; number++)
    {
      Range* range = range_at(first_base + number * reservation_chunks * config::chunk_bytes);
      EXPECT_EQUAL(range->chunks, reservation_chunks);
      ranges.take_whole(range);
      FreeRanges::destroy(range);
    }
    EXPECT(ranges.any_clean() == nullptr);
    EXPECT(mixed_count > 0);
  }

private:
  void take()
  {
    uint32_t chunks = uint32_t(1 + random.below(uint64_t(1) << random.below(9)));
    uint32_t align_chunks = uint32_t(1) << random.below(7);
    Range* place = ranges.find(chunks, align_chunks);
    if (place == nullptr)
      return;
    uintptr_t base = place->base;
    uintptr_t end = place->end();
    bool moved = place->moved;
    Range* range = ranges.take(place, chunks, align_chunks);
    EXPECT_EQUAL(range->chunks, chunks);
    EXPECT(range->state == RangeState::used && range->moved == moved);
    EXPECT(range->base % (align_chunks * config::chunk_bytes) == 0 && range->base >= base && range->end() <= end);
    range->moved = moved || random.one_in(10);
    used.push_back(range);
  }

  // What of `chunks` beside a range is free and not moved, within eight ranges; and how much of that is clean.
  static uint32_t
  count_beside(const Range* range, uint32_t chunks, Range* (*neighbour_of)(const Range*), uint32_t& clean)
  {
    uint32_t counted = 0;
    for (int look = 0; look < 8; look++)
    {
      range = neighbour_of(range);
      if (range == nullptr || range->state == RangeState::used || range->moved)
        break;
      for (uint32_t chunk = 0; chunk < range->chunks && counted < chunks; chunk++, counted++)
        clean += range->state == RangeState::clean;
    }
    return counted;
  }

  void take_mixed()
  {
    uint32_t chunks = uint32_t(2 + random.below(100));
    uint32_t fewest = chunks / 2 + 1;
    const DirtyRange* dirty = ranges.by_age.newest();
    for (int look = 0; look < 16 && dirty != nullptr; look++, dirty = dirty->older)
      if (dirty->chunks < chunks && !dirty->moved)
      {
        uint32_t clean = 0;
        uint32_t found = dirty->chunks;
        found += count_beside(dirty, chunks - found, right_of, clean);
        found += count_beside(dirty, chunks - found, left_of, clean);
        if (found == chunks && clean < fewest)
          fewest = clean;
      }
    FreeRanges::Mixed place = ranges.find_mixed(chunks);
    EXPECT((place.dirty != nullptr) == (fewest <= chunks / 2));
    if (place.dirty == nullptr)
      return;
    EXPECT_EQUAL(place.clean_chunks, fewest);
    size_t dirty_bytes = ranges.dirty_bytes();
    Range* range = ranges.take_mixed(place, chunks);
    EXPECT(range->base == place.base && range->chunks == chunks && range->state == RangeState::used && !range->moved);
    EXPECT_EQUAL(dirty_bytes - ranges.dirty_bytes(), (chunks - fewest) * config::chunk_bytes);
    used.push_back(range);
    mixed_count++;
  }

  Range* pick()
  {
    if (used.empty())
      return nullptr;
    std::swap(used[random.below(used.size())], used.back());
    return used.back();
  }

  void give_back()
  {
    Range* range = pick();
    if (range == nullptr)
      return;
    used.pop_back();
    uintptr_t base = range->base;
    uintptr_t end = range->end();
    bool dirty = random.one_in(2);
    range->moved &= dirty; // memory is mapped afresh when it is purged
    RangeState state = dirty ? RangeState::dirty : RangeState::clean;
    uint64_t freed_ms = now; // or that of a larger neighbour
    uint32_t largest = range->chunks;
    for (Range* neighbour : {left_of(range), right_of(range)})
      if (
        dirty && neighbour != nullptr && neighbour->state == state && !neighbour->moved && !range->moved &&
        neighbour->chunks > largest)
      {
        freed_ms = static_cast<DirtyRange*>(neighbour)->freed_ms;
        largest = neighbour->chunks;
      }
    Range* whole = ranges.insert(range, state, now);
    EXPECT(whole->base <= base && whole->end() >= end);
    if (dirty)
      EXPECT_EQUAL(static_cast<DirtyRange*>(whole)->freed_ms, freed_ms);
  }

  void grow()
  {
    Range* range = pick();
    if (range == nullptr)
      return;
    uint32_t chunks = range->chunks;
    uint32_t more = uint32_t(1 + random.below(40));
    uint32_t clean = 0;
    uint32_t expected = range->moved ? 0 : count_beside(range, more, right_of, clean);
    FreeRanges::Room room = FreeRanges::room_behind(range, chunks + more);
    EXPECT(room.chunks == expected && room.clean_chunks == clean);
    size_t dirty_bytes = ranges.dirty_bytes();
    ranges.grow(range, chunks + expected);
    EXPECT_EQUAL(range->chunks, chunks + expected);
    EXPECT_EQUAL(dirty_bytes - ranges.dirty_bytes(), (expected - clean) * config::chunk_bytes);
  }

  void split()
  {
    Range* range = pick();
    if (range == nullptr || range->chunks == 1)
      return;
    uint32_t chunks = uint32_t(1 + random.below(range->chunks - 1));
    uintptr_t end = range->end();
    Range* tail = FreeRanges::split_tail(range, chunks);
    EXPECT(range->chunks == chunks && tail->base == range->end() && tail->end() == end && tail->moved == range->moved);
    used.push_back(tail);
  }

  void purge_oldest()
  {
    DirtyRange* range = ranges.oldest_dirty();
    if (range == nullptr)
      return;
    ranges.take_whole(range);
    range->moved = false;
    ranges.insert(range, RangeState::clean, 0);
  }

  // Walks the boundaries in the page map; every free range must be in the bins, and nothing joinable apart.
  void check()
  {
    std::set<const Range*> in_bins[2];
    Audit::see_bins(ranges.bins[unsigned(RangeState::dirty)], RangeState::dirty, in_bins[0]);
    Audit::see_bins(ranges.bins[unsigned(RangeState::clean)], RangeState::clean, in_bins[1]);
    std::set<const Range*> in_use(used.begin(), used.end());
    size_t dirty_bytes = 0;
    for (uint32_t number = 0; number < reserved; number++)
    {
      uintptr_t base = first_base + number * reservation_chunks * config::chunk_bytes;
      uintptr_t end = base + reservation_chunks * config::chunk_bytes;
      const Range* before = nullptr;
      for (uintptr_t address = base; address < end; address = before->end())
      {
        const Range* range = range_at(address);
        EXPECT(range->base == address && range->end() <= end && range_at(range->end() - 1) == range);
        EXPECT(range->starts_reservation == (address == base) && range->ends_reservation == (range->end() == end));
        bool is_used = range->state == RangeState::used;
        EXPECT_EQUAL((is_used ? in_use : in_bins[range->state == RangeState::clean]).erase(range), 1);
        EXPECT(is_used || before == nullptr || before->state != range->state || before->moved || range->moved);
        dirty_bytes += range->state == RangeState::dirty ? range->bytes() : 0;
        before = range;
      }
    }
    EXPECT(in_use.empty() && in_bins[0].empty() && in_bins[1].empty());
    EXPECT_EQUAL(ranges.dirty_bytes(), dirty_bytes);
  }

  Random random;
  FreeRanges ranges{};
  std::vector<Range*> used;
  uint32_t reserved = 0;
  uint32_t mixed_count = 0;
  uint64_t now = 1;
};

// The bytes that a change of one field writes.
template<typename Change>
uint32_t bytes_written(Change change)
{
  static_assert(sizeof(Range) <= 32, "a bit for each byte");
  unsigned char before[sizeof(Range)];
  Range range{};
  memcpy(before, static_cast<const void*>(&range), sizeof(Range));
  change(range);
  uint32_t written = 0;
  for (size_t byte = 0; byte < sizeof(Range); byte++)
    if (before[byte] != reinterpret_cast<const unsigned char*>(&range)[byte])
      written |= uint32_t(1) << byte;
  EXPECT(written != 0);
  return written;
}

// What changes with the lock held, and what the user of a range changes without it.
void check_writers()
{
  uint32_t locked = bytes_written([](Range& range) { range.state = RangeState::clean; }) |
                    bytes_written([](Range& range) { range.starts_reservation = true; }) |
                    bytes_written([](Range& range) { range.ends_reservation = true; }) |
                    bytes_written([](Range& range) { range.chunks = ~uint32_t(0); });
  uint32_t users =
    bytes_written([](Range& range) { range.unguarded = true; }) |
    bytes_written([](Range& range) { range.moved = true; }) | bytes_written([](Range& range) { range.wiped = true; }) |
    bytes_written([](Range& range) { range.zero = true; }) | bytes_written([](Range& range) { range.fresh = true; });
  EXPECT_EQUAL(locked & users, 0);
}

void check_refusal()
{
  FreeRanges ranges{};
  uintptr_t base = first_base + config::GiB / 2;
  Range* range = FreeRanges::create(base, 64);
  range->starts_reservation = range->ends_reservation = true;
  ranges.insert(range, RangeState::dirty, 5);
  void* spare = nullptr;
  granules.release();
  while (arena::high - arena::low >= arena::granule_bytes || arena::free_blocks[1] != nullptr)
    spare = arena::allocate_granules(1);
  faults::stays.store(true);
  // Cutting out of the middle needs two granules: there is none, then one.
  for (int granules = 0; granules < 2; granules++)
  {
    faults::countdown.store(0);
    EXPECT(ranges.take(range, 8, 16) == nullptr);
    faults::countdown.store(-1);
    EXPECT(ranges.find(64, 1) == range && ranges.dirty_bytes() == 64 * config::chunk_bytes);
    if (granules == 0)
      arena::free_granules(spare, 1);
  }
  EXPECT(arena::free_blocks[1] == nullptr && granules.count == 1 && granules.blocks[0] == spare);
  granules.release();
  EXPECT_EQUAL(ranges.take(range, 8, 16)->base % (16 * config::chunk_bytes), 0);
}

// What is given back more often than it is taken goes to the arena.
void check_granules()
{
  granules.release();
  std::set<void*> all;
  for (size_t number = 0; number < 10 * Granules::most; number++)
    EXPECT(all.insert(granules.take()).second);
  for (void* block : all)
  {
    granules.put(block);
    EXPECT(granules.count <= Granules::most);
  }
  granules.release();
  size_t found = 0;
  for (arena::FreeBlock* block = arena::free_blocks[1]; block != nullptr; block = block->next)
    found += all.count(block);
  EXPECT_EQUAL(found, all.size());
}
} // namespace

int main()
{
  check_writers();
  Model model(4);
  model.reserve();
  for (int round = 0; round < 10000; round++)
  {
    if (round == 5000)
      model.reserve();
    model.step();
  }
  model.free_all();
  check_granules();
  check_refusal();
}
