// What the address space does round a fork.
#include "range/space.h"
#include "range/state.h"

namespace sn::space
{
// A thread that a signal interrupted in the arena cannot have who waits for that leave the space. But that one has
// changed nothing by halves, so that a child can do without it.
bool try_begin_fork(bool may_be_inside)
{
  if (lock.try_lock())
  {
    forget_flights();
    bool is_ready = may_be_inside || flights == 0;
    fork_waits.store(is_ready ? 0 : 1, std::memory_order_relaxed);
    if (!is_ready)
      lock.unlock();
    return is_ready;
  }
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

bool is_purging_here()
{
  for (const std::atomic<uintptr_t>& name : purgers)
    if (name.load(std::memory_order_relaxed) == os::this_thread())
      return true;
  return false;
}

void wake_all()
{
  lock.wake_all();
}

// Who is about to wait for what they have in flight finds that some of it is back.
void lose_other_threads()
{
  lock.forget_other_threads();
  for (std::atomic<uintptr_t>& name : purgers)
    if (name.load(std::memory_order_relaxed) != os::this_thread())
      name.store(0, std::memory_order_relaxed);
  fork_waits.store(0, std::memory_order_relaxed);
  has_lost_threads.store(1, std::memory_order_relaxed);
  landings.fetch_add(1, std::memory_order_relaxed);
}

void forget_other_threads()
{
  Hold hold(lock);
  forget_flights();
}
} // namespace sn::space
