// The pieces of address space that the system gave. Each has a granule of the arena. No two overlap: a part that is
// lost belongs to its piece no longer, because the system may give it again as a part of another.
//
// The space's lock is held.
#pragma once

#include "meta/arena.h"

#include <new>

namespace sn
{
struct Reservation
{
  uintptr_t base;
  size_t bytes;
  Reservation* next;
  bool is_cut; // out of a larger one: others' memory may lie where, with checks, its guards would

  uintptr_t end() const { return base + bytes; }
  bool may_go_back() const { return !config::checks || !is_cut; }
};
static_assert(sizeof(Reservation) <= arena::granule_bytes, "a reservation fills one granule");

class Reservations
{
public:
  Reservation* first() const { return newest; }
  size_t bytes() const { return total; }

  // False: the system refuses memory.
  bool add(uintptr_t base, size_t bytes)
  {
    void* granule = arena::allocate_granules(1);
    if (granule == nullptr)
      return false;
    newest = new (granule) Reservation{base, bytes, newest, false};
    total += bytes;
    return true;
  }

  // The piece that holds an address of ours.
  Reservation* around(uintptr_t address)
  {
    Reservation* found = newest;
    while (found != nullptr && address - found->base >= found->bytes)
      found = found->next;
    return found;
  }
  // Notes that it is larger by so much, at its end.
  void extend(Reservation* reservation, size_t bytes)
  {
    reservation->bytes += bytes;
    total += bytes;
  }

  // Notes that [base, base + bytes) was lost, which lies in one piece. What is left may be two pieces, so it takes a
  // granule for the second one.
  void cut(uintptr_t base, size_t bytes, void* granule)
  {
    Reservation* piece = around(base);
    uintptr_t end = base + bytes;
    size_t before = base - piece->base;
    size_t behind = piece->end() - end;
    if (before == 0 && behind == 0)
      remove(base);
    else
    {
      total -= bytes;
      piece->is_cut = true;
      piece->base = before == 0 ? end : piece->base;
      piece->bytes = before == 0 ? behind : before;
    }
    if (before != 0 && behind != 0)
      newest = new (granule) Reservation{end, behind, newest, true};
    else
      arena::free_granules(granule, 1);
  }

  // Forgets the piece that starts at `base`.
  void remove(uintptr_t base)
  {
    Reservation** link = link_to(base);
    Reservation* found = *link;
    *link = found->next;
    total -= found->bytes;
    arena::free_granules(found, 1);
  }

private:
  Reservation** link_to(uintptr_t base)
  {
    Reservation** link = &newest;
    while (*link != nullptr && (*link)->base != base)
      link = &(*link)->next;
    return link;
  }

  Reservation* newest = nullptr;
  size_t total = 0;
};
} // namespace sn
