// The invariants of space.h, one by one; the first that does not hold ends the process.
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
void require_invariants()
{
  Hold hold(lock);
  size_t dirty_found = 0;
  size_t used_found = 0;
  for (const Reservation* reservation = reservations.first(); reservation != nullptr; reservation = reservation->next)
  {
    const Range* before = nullptr;
    for (uintptr_t address = reservation->base; address < reservation->end();)
    {
      const Range* range = range_at(address);
      os::require(range != nullptr, "snmalloc: a chunk belongs to no range");
      os::require(
        range->base == address && range->end() <= reservation->end(),
        "snmalloc: a range does not start where the last one ends");
      os::require(range_at(range->end() - 1) == range, "snmalloc: a range's last chunk names another");
      os::require(
        range->starts_reservation == (before == nullptr) &&
          range->ends_reservation == (range->end() == reservation->end()),
        "snmalloc: a range does not know where its reservation ends");
      os::require(
        before == nullptr || range->state == RangeState::used || before->state != range->state || before->moved ||
          range->moved,
        "snmalloc: free neighbours are not joined");
      (range->state == RangeState::used ? used_found : dirty_found) +=
        range->state == RangeState::clean ? 0 : range->bytes();
      before = range;
      address = range->end();
    }
  }
  os::require(dirty_found == free_ranges.dirty_bytes(), "snmalloc: dirty bytes are miscounted");
  os::require(used_found == used_bytes + purging_bytes, "snmalloc: used bytes are miscounted");
}
} // namespace sn::space
