// Address space that is lost when pages move away, at each place of a reservation; and the system gives it again, as
// the allocator's own.
#include "core.h"

#include <vector>

using namespace sn;

namespace
{
constexpr size_t part_bytes = 32 * config::MiB;
constexpr uint32_t part_chunks = part_bytes >> config::chunk_log2;

std::vector<Range*> live;

// Address space that the system gave becomes a reservation, a range in use.
Range* adopt(uintptr_t base, size_t bytes)
{
  Hold hold(space::lock);
  Range* range = space::describe(base, bytes);
  EXPECT(range != nullptr && range->starts_reservation && range->ends_reservation);
  space::used_bytes += bytes;
  usage::add(bytes);
  return range;
}

// Splits a range in use into two.
Range* split(Range* range, uint32_t chunks)
{
  Hold hold(space::lock);
  return FreeRanges::split_tail(range, chunks);
}

// A reservation of so many ranges.
std::vector<Range*> reserve_parts(size_t count)
{
  void* start = os::reserve_guarded(count * part_bytes, config::block_bytes);
  EXPECT(start != nullptr);
  std::vector<Range*> parts{adopt(uintptr_t(start), count * part_bytes)};
  while (parts.size() < count)
    parts.push_back(split(parts.back(), part_chunks));
  return parts;
}

// At both ends.
void write(const Range* range, uint64_t content)
{
  EXPECT(set_access(range, 0, range->bytes(), true));
  auto* words = reinterpret_cast<uint64_t*>(range->base);
  words[0] = words[range->bytes() / 8 - 1] = content;
}

// Moves a range to another reservation while the system refuses to fill the hole that it leaves. Where that was.
uintptr_t lose(Range* range)
{
  write(range, range->base);
  size_t reserved = space::figures().reserved_bytes;
  uintptr_t hole = range->base;
  size_t bytes = range->bytes();
  Range* to = space::allocate_range(space::chunks_for(bytes + 1), 1);
  EXPECT(to != nullptr);
  size_t more = space::figures().reserved_bytes - reserved;
  faults::countdown.store(1); // the move itself asks first
  EXPECT(space::move(range, bytes, to, to->bytes()));
  EXPECT(faults::countdown.load() == -1);
  EXPECT_EQUAL(space::figures().reserved_bytes, reserved + more - bytes);
  const auto* words = reinterpret_cast<const uint64_t*>(to->base);
  EXPECT(words[0] == hole && words[bytes / 8 - 1] == hole);
  live.push_back(to);
  return hole;
}

// The system happens to give this place when address space is reserved.
void reserve_at(uintptr_t base, size_t bytes)
{
  EXPECT(os::reserve_at(reinterpret_cast<void*>(base), bytes));
  live.push_back(adopt(base, bytes));
  space::reservations.around(base)->is_cut = true; // no guards lie beside it
}

void free_all()
{
  check_everything(live.size());
  // Half of the ranges are free: no two of them join across the hole.
  for (size_t index = live.size() & 1; index < live.size(); index++)
  {
    space::free_range(live[index]);
    live.erase(live.begin() + long(index));
    check_everything(live.size());
  }
  space::purge_all();
  check_everything(live.size());
  for (Range* range : live) // nothing beside it took a part of it along
  {
    write(range, 1);
    space::free_range(range);
  }
  live.clear();
  space::purge_all();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  // All pieces went back that are not the last one; with checks those that are left of others never do.
  size_t reserved = space::figures().reserved_bytes;
  for (const Reservation* piece = space::reservations.first(); piece != nullptr; piece = piece->next)
    EXPECT((config::checks && piece->is_cut) || reserved - piece->bytes < config::reservation_min_bytes);
}

enum class Again
{
  no,
  whole,
  first_half,
  last_half,
  halves,
  behind, // a range that ends where the hole starts grows into it
};

void check_loss(size_t count, size_t lost, Again again)
{
  if (again == Again::behind && (config::checks || lost == 0))
    return;
  std::vector<Range*> parts = reserve_parts(count);
  for (size_t part = 0; part < count; part++)
    if (part != lost)
      live.push_back(parts[part]);
  uintptr_t hole = lose(parts[lost]);
  constexpr size_t half = part_bytes / 2;
  if (again == Again::whole)
    reserve_at(hole, part_bytes);
  if (again == Again::first_half || again == Again::halves)
    reserve_at(hole, half);
  if (again == Again::last_half || again == Again::halves)
    reserve_at(hole + half, half);
  if (again == Again::behind)
  {
    EXPECT(space::grow_behind(parts[lost - 1], part_chunks + part_chunks / 2));
    EXPECT(parts[lost - 1]->ends_reservation);
  }
  free_all();
}

// Two reservations side by side lose what lies between, and the system gives the middle of that as one piece.
void check_span()
{
  void* start = os::reserve_guarded(4 * part_bytes, config::block_bytes);
  EXPECT(start != nullptr);
  uintptr_t middle = uintptr_t(start) + 2 * part_bytes;
  Range* left = adopt(uintptr_t(start), 2 * part_bytes);
  Range* right = adopt(middle, 2 * part_bytes);
  for (uintptr_t base : {left->base, right->base})
    space::reservations.around(base)->is_cut = true; // no guards lie between
  live = {left, split(right, part_chunks)};
  lose(split(left, part_chunks));
  lose(right);
  reserve_at(middle - part_bytes / 2, part_bytes);
  live.push_back(split(live.back(), part_chunks / 4 * 3)); // which starts where the right one did not end
  free_all();
}
} // namespace

int main()
{
  for (size_t count = 1; count <= 3; count++)
    for (size_t lost = 0; lost < count; lost++)
      for (Again again : {Again::no, Again::whole, Again::first_half, Again::last_half, Again::halves, Again::behind})
        check_loss(count, lost, again);
  check_span();
}
