// What the registry does around a fork.
#include "heap/registry_state.h"
#include "range/space.h"

namespace sn::registry
{
void stop_for_fork(Heap* own)
{
  lock.begin_fork();
  if (fork_depth++ > 0) // a fork handler forks
    return;
  auto others = [own](auto visit) {
    for_each_slot([own, visit](HeapSlot& slot) {
      if (slot.heap != own && !slot.parked.load(std::memory_order_relaxed))
        visit(slot);
    });
  };
  others([](HeapSlot& slot) { slot.claimed.store(1, std::memory_order_seq_cst); }); // see Heap::enter()
  others([](HeapSlot& slot) { slot.heap->wait_until_left(); });
  space::begin_fork();
  arena::begin_fork();
}

void resume_in_parent()
{
  if (--fork_depth == 0)
  {
    arena::end_fork();
    space::end_fork();
    for_each_slot([](HeapSlot& slot) {
      if (slot.claimed.load(std::memory_order_relaxed) != 0)
        unclaim(slot);
    });
    lock.end_fork();
  }
  else
    lock.unlock();
}

void resume_in_child(Heap* own)
{
  space::forget_other_threads();
  for_each_slot([own](HeapSlot& slot) {
    slot.claimed.store(0, std::memory_order_relaxed);
    if (slot.heap == own || slot.parked.load(std::memory_order_relaxed))
      return;
    if (!slot.is_private) // the child may have the handle of a private heap
      put_parked(slot);
    slot.heap->abandon();
  });
  // Only now has everything that the others held back arrived.
  for_each_slot([](HeapSlot& slot) {
    if (slot.inbox.is_empty() || !slot.parked.load(std::memory_order_relaxed))
      return;
    if (slot.is_ended)
      discard_mail(slot);
    else
      drain_parked(slot);
  });
  if (--fork_depth == 0)
  {
    arena::end_fork();
    space::end_fork();
    lock.end_fork();
  }
  else
    lock.unlock();
}

bool is_forking_here()
{
  return lock.is_forking_here();
}
} // namespace sn::registry
