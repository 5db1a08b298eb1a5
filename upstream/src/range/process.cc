// What happens to the address space when the process forks, and when the library leaves it.
#include "os/guarded.h"
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
void begin_fork()
{
  lock.begin_fork();
}

void end_fork()
{
  lock.end_fork();
}

void forget_other_threads()
{
  purges_in_flight = 0;
  used_bytes += purging_bytes; // for ever
  purging_bytes = 0;
}

void release_all()
{
  // The list lies in the arena, which is released after this.
  for (const Reservation* reservation = reservations.first(); reservation != nullptr; reservation = reservation->next)
    if (reservation->whole)
      os::release_guarded(reinterpret_cast<void*>(reservation->base), reservation->bytes);
}
} // namespace sn::space
