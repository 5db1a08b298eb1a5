// What the address space does round a fork.
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
// A thread that a signal interrupted in the arena cannot have who waits for that leave the space. But that one has
// changed nothing by halves, so that a child can do without it.
bool try_begin_fork()
{
  if (lock.try_lock())
    return true;
  uintptr_t holder = lock.holder();
  return holder != 0 && arena::is_held_here() && arena::is_awaited_by(holder);
}

void end_fork()
{
  if (lock.is_held_here())
    lock.unlock();
}

bool is_held_here()
{
  return lock.is_held_here();
}

void wake_all()
{
  lock.wake_all();
}

// Who is about to wait for what they have in flight finds that some of it is back.
void lose_other_threads()
{
  lock.forget_other_threads();
  defers_purges.store(false, std::memory_order_relaxed);
  has_lost_threads.store(1, std::memory_order_relaxed);
  landings.fetch_add(1, std::memory_order_relaxed);
}

void forget_other_threads()
{
  Hold hold(lock);
  forget_flights();
}
} // namespace sn::space
