// What the registry does around a fork.
//
// A thread that forks outside the allocator, or in a fork handler, waits for all locks and for all others to leave
// their slow paths. So nothing is half done in its child.
//
// A signal handler may fork in the midst of anything that its thread does here. Then that goes on, in parent and child,
// when the handler returns; and what others wait for that the thread holds does not come before. So:
//
// 1. It changes nothing that a lock guards or that a heap owns, but for single words that say what is gone. The child
//    parks heaps and drains inboxes when it next takes the registry's lock, which nobody does inside another bracket.
// 2. It waits for nothing that may wait for it: the lock of the space alone, whose holders wait for the arena at most,
//    where nothing of the space is half done. The arena is fit for a child at any moment.
// 3. Heaps whose owners are in a slow path are lost in the child, with what they hold; without the registry's lock, all
//    that others may be working at. Nobody reads or changes them there any more (HeapSlot::is_ended).
#include "heap/registry_state.h"
#include "range/space.h"

namespace sn::registry
{
namespace
{
// Of interrupted threads, which may hold what others wait for.
std::atomic<uint32_t> interrupted_forks{0};

// Whether `is_so` becomes true. An interrupted thread can do without most of what it wants, so it does not wait for
// long; others wait as long as none of those is there. Who changes what `is_so` reads may wake who sleeps on `word`.
template<typename Condition>
bool comes_true(bool is_interrupted, Condition is_so, std::atomic<uint32_t>& word, uint32_t value)
{
  constexpr int spins = 100;
  constexpr int few = 2;
  for (int spin = 0; spin < spins; spin++)
  {
    if (is_so())
      return true;
    relax_cpu();
  }
  for (int nap = 0; is_interrupted ? nap < few : interrupted_forks.load(std::memory_order_relaxed) == 0; nap++)
  {
    os::wait_briefly(word, value);
    if (is_so())
      return true;
  }
  return false;
}

template<typename Condition>
bool comes_true(bool is_interrupted, Condition is_so)
{
  std::atomic<uint32_t> moment{0};
  return comes_true(is_interrupted, is_so, moment, 0);
}

// The calling thread's, in or out of slow paths.
bool is_own(const HeapSlot& slot)
{
  return slot.thread.load(std::memory_order_relaxed) == os::this_thread() &&
         !slot.parked.load(std::memory_order_relaxed);
}

// A private heap belongs to no thread but while it is in a slow path.
bool is_in_use_here(const HeapSlot& slot)
{
  return is_own(slot) && (!slot.is_private || slot.heap->bracket.is_busy());
}

// Whether the calling thread is in the midst of anything but an operation of the registry.
bool is_inside()
{
  bool is_inside = space::is_held_here() || space::is_purging_here() || arena::is_held_here();
  for_each_slot([&is_inside](HeapSlot& slot) { is_inside |= is_own(slot) && slot.heap->bracket.is_busy(); });
  return is_inside;
}

// The heaps of other threads, and private ones.
template<typename Visit>
void for_each_other(Visit visit)
{
  for_each_slot([visit](HeapSlot& slot) {
    if (!slot.parked.load(std::memory_order_relaxed) && !is_in_use_here(slot))
      visit(slot);
  });
}

// False: not all have left their slow paths in time.
bool stop_others(bool is_interrupted)
{
  for_each_slot([](HeapSlot& slot) {
    bool is_others = !slot.parked.load(std::memory_order_relaxed) && (slot.is_private || !is_own(slot));
    bool is_claimed = slot.claim.is_made(); // by what was interrupted
    if (!is_others || (is_claimed && slot.stops == 0))
      return;
    if (!is_claimed)
      slot.claim.make();
    slot.stops++;
  });
  bool have_left = true;
  for_each_other([&](HeapSlot& slot) {
    auto has_left = [&slot] { return !slot.heap->bracket.is_busy(); };
    slot.is_torn = !comes_true(is_interrupted, has_left, slot.heap->bracket.word(), 1);
    have_left = have_left && !slot.is_torn;
  });
  return have_left;
}

void unclaim_stopped()
{
  for_each_slot([](HeapSlot& slot) {
    if (slot.stops != 0 && --slot.stops == 0)
      slot.claim.end();
  });
}

// The child's first steps, which any operation of its own thread may be in the midst of.
void lose_other_threads(bool had_lock)
{
  for_each_slot([had_lock](HeapSlot& slot) {
    bool is_claimed = slot.claim.is_made();
    if (slot.stops != 0 || !had_lock)
      slot.claim.forget();
    slot.stops = 0;
    if (is_in_use_here(slot))
      return;
    bool is_parked = slot.parked.load(std::memory_order_relaxed);
    bool is_torn = had_lock ? slot.is_torn : is_parked || is_claimed || slot.heap->bracket.is_busy();
    if (slot.is_private && !is_parked && !slot.heap->large_ranges.lose_other_threads())
      is_torn = true;
    if (is_torn)
    {
      slot.is_ended = true;
      slot.parked.store(false, std::memory_order_relaxed);
    }
    if (is_torn || !is_parked)
      slot.heap->bracket.forget();
    bool is_left = !is_torn && !is_parked && !slot.is_ended && !slot.is_private;
    slot.is_orphan = slot.is_orphan || is_left; // the child may have the handle of a private heap
    if (!slot.is_private)
      slot.thread.store(0, std::memory_order_relaxed);
  });
  if (had_lock)
    return;
  lock.forget_other_threads();
  fork_depth = 0;
  parked = ended_private = {};
  parked_count = 0;
}
} // namespace

bool is_interrupted()
{
  return !is_forking_here() && (lock.is_held_here() || is_inside());
}

// What the thread has released it may not have come to wake others for.
bool stop_for_fork()
{
  if (is_forking_here()) // a fork handler forks
  {
    lock.lock();
    fork_depth++;
    return true;
  }
  bool is_urgent = is_interrupted();
  interrupted_forks.fetch_add(is_urgent ? 1 : 0, std::memory_order_relaxed);
  space::wake_all();
  for_each_slot([](HeapSlot& slot) {
    if (is_own(slot))
      slot.heap->bracket.wake_claimer();
  });
  bool has_lock = comes_true(is_urgent, [] { return lock.try_lock(); });
  bool is_ready = has_lock && stop_others(is_urgent);
  if (is_urgent)
    while (!(is_ready = comes_true(true, [] { return space::try_begin_fork(true); })))
      ;
  else
    is_ready = is_ready && comes_true(false, [] { return space::try_begin_fork(false); });
  if (is_ready)
    arena::try_begin_fork();
  else if (has_lock)
    unclaim_stopped();
  if (has_lock && is_ready)
    fork_depth++;
  else if (has_lock)
    lock.unlock();
  return is_ready;
}

void resume_in_parent()
{
  bool has_lock = lock.is_held_here();
  bool is_outermost = !has_lock || --fork_depth == 0;
  if (is_outermost)
  {
    arena::end_fork();
    space::end_fork();
  }
  if (has_lock && is_outermost)
    unclaim_stopped();
  if (has_lock)
    lock.unlock();
  if (is_outermost && is_interrupted() && interrupted_forks.load(std::memory_order_relaxed) != 0)
    interrupted_forks.fetch_sub(1, std::memory_order_relaxed);
}

void resume_in_child()
{
  bool has_lock = lock.is_held_here();
  bool is_outermost = !has_lock || --fork_depth == 0;
  interrupted_forks.store(0, std::memory_order_relaxed);
  first_thread = os::this_thread();
  has_threads.store(false, std::memory_order_relaxed);
  is_child.store(true, std::memory_order_relaxed);
  lose_other_threads(has_lock);
  space::lose_other_threads();
  arena::forget_other_threads();
  if (is_outermost)
  {
    arena::end_fork();
    space::end_fork();
  }
  is_fork_unfinished.store(1, std::memory_order_relaxed);
  if (!has_lock)
    return;
  if (is_outermost && !lock.is_nested() && !is_inside())
    finish_fork();
  lock.unlock();
}

void finish_fork()
{
  is_fork_unfinished.store(0, std::memory_order_relaxed);
  space::forget_other_threads();
  due.forget(); // another thread may have had the list in its hand
  for_each_slot([](HeapSlot& slot) {
    slot.next_due.store(0, std::memory_order_relaxed);
    if (slot.is_being_purged && slot.parked.load(std::memory_order_relaxed))
      forget_purge(slot);
  });
  for_each_slot([](HeapSlot& slot) {
    if (!slot.is_orphan)
      return;
    slot.is_orphan = false;
    if (slot.parked.load(std::memory_order_relaxed))
      return;
    put_parked(slot);
    if (slot.started)
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
}

bool try_end_forks()
{
  if (!lock.try_lock())
    return false;
  bool is_ready = space::try_begin_fork(true);
  if (is_ready)
  {
    os::forks_hold_nothing.store(true, std::memory_order_relaxed);
    space::end_fork();
  }
  lock.unlock();
  return is_ready;
}

bool is_forking_here()
{
  return lock.is_held_here() && fork_depth > 0;
}
} // namespace sn::registry
