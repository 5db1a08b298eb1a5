// The pieces of address space that the system gave, each with a granule of the arena.
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
  bool whole; // false: a piece was lost, and may be somebody else's by now

  uintptr_t end() const { return base + bytes; }
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
    void* granule = arena::allocate(1);
    if (granule == nullptr)
      return false;
    newest = new (granule) Reservation{base, bytes, newest, true};
    total += bytes;
    return true;
  }

  // Whether exactly these bytes were reserved as one piece, and are still all there.
  bool has(uintptr_t base, size_t bytes)
  {
    Reservation* found = *link_to(base);
    return found != nullptr && found->bytes == bytes && found->whole;
  }

  // The piece at `address` was lost.
  void lose(uintptr_t address)
  {
    for (Reservation* reservation = newest; reservation != nullptr; reservation = reservation->next)
      if (address - reservation->base < reservation->bytes)
        reservation->whole = false;
  }

  // Forgets the piece that starts at `base`.
  void remove(uintptr_t base)
  {
    Reservation** link = link_to(base);
    Reservation* found = *link;
    *link = found->next;
    total -= found->bytes;
    arena::free(found, 1);
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
