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
  size_t lost_bytes; // of pieces that may be somebody else's by now

  uintptr_t end() const { return base + bytes; }
  bool is_whole() const { return lost_bytes == 0; }
};
static_assert(sizeof(Reservation) <= arena::granule_bytes, "a reservation fills one granule");

class Reservations
{
public:
  Reservation* first() const { return newest; }
  size_t bytes() const { return total; }
  // Of these, what was lost; for ever, for what is not whole is never given back.
  size_t lost_bytes() const { return lost; }

  // False: the system refuses memory.
  bool add(uintptr_t base, size_t bytes)
  {
    void* granule = arena::allocate(1);
    if (granule == nullptr)
      return false;
    newest = new (granule) Reservation{base, bytes, newest, 0};
    total += bytes;
    return true;
  }

  // Whether exactly these bytes were reserved as one piece, and are still all there.
  bool has(uintptr_t base, size_t bytes)
  {
    Reservation* found = *link_to(base);
    return found != nullptr && found->bytes == bytes && found->is_whole();
  }

  // The piece that holds an address of ours.
  Reservation* around(uintptr_t address)
  {
    Reservation* found = newest;
    while (found != nullptr && address - found->base >= found->bytes)
      found = found->next;
    return found;
  }
  // It is larger by so much, at its end.
  void extend(Reservation* reservation, size_t bytes)
  {
    reservation->bytes += bytes;
    total += bytes;
  }

  // The piece [base, base + bytes) was lost.
  void lose(uintptr_t base, size_t bytes)
  {
    lost += bytes;
    for (Reservation* reservation = newest; reservation != nullptr; reservation = reservation->next)
      if (base - reservation->base < reservation->bytes)
        reservation->lost_bytes += bytes;
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
  size_t lost = 0;
};
} // namespace sn
