#include "front/thread.h"

#include "front/checked.h"
#include "front/exit_line.h"
#include "heap/idle.h"

namespace sn
{
namespace
{
// False: refused, so that the thread stays without a heap.
bool set_my_magazines(Magazines* magazines)
{
  if constexpr (!config::has_thread_locals)
    return os::set_thread_word(magazines);
  SN_OF_THIS_THREAD(sn_my_magazines) = magazines;
  return true;
}

void start_idle_thread_if_due()
{
  if (SN_UNLIKELY(space::news.load(std::memory_order_relaxed) != 0))
    if (idle::may_start(idle::state.load(std::memory_order_relaxed)))
      idle::start();
}

// What is to go back goes in slices, at the end of slow paths and outside of brackets, where nobody waits for it.
void purge_slice_if_due()
{
  if (SN_UNLIKELY(space::has_excess.load(std::memory_order_relaxed)))
    space::purge_slice();
}

void on_thread_exit()
{
  Heap* heap = own_heap();
  if (heap == nullptr)
    registry::prepare_exit_without_heap();
  set_my_magazines(&no_heap_any_more);
  if (heap != nullptr)
    registry::park(heap);
  purge_slice_if_due();
  start_idle_thread_if_due();
  if (heap != nullptr)
    idle::note_owner_end(); // it may have started it
}
} // namespace

const os::Hooks os::hooks = {
  on_thread_exit,
  [] { return registry::is_interrupted(); },
  [] { return registry::stop_for_fork(); },
  [] { registry::resume_in_parent(); },
  [] {
    idle::forget(own_heap() != nullptr);
    registry::resume_in_child();
  },
  [] { return registry::try_end_forks(); },
  [] {
    checked::verify_all();
    if constexpr (config::has_system)
      write_exit_line();
  },
  [](bool is_certain) {
    idle::stop();
    registry::unload(own_heap(), is_certain);
  },
};

SN_THREAD_LOCAL Magazines* sn_my_magazines = &no_heap_yet;

Heap* own_heap()
{
  Magazines* magazines = my_magazines();
  return magazines->belong_to_heap() ? static_cast<Heap*>(magazines) : nullptr;
}

// The thread has had no heap yet, or has none any more: a borrowed one forgets it.
void count_bytes_slow(ThreadCounts bytes)
{
  Visit visit;
  if (own_heap() != nullptr)
    count_bytes(bytes);
}

Visit::Visit(Heap* private_heap) : visited(private_heap != nullptr ? private_heap : own_heap()), borrowed(false)
{
  if (SN_LIKELY(visited != nullptr))
    return;
  visited = registry::adopt();
  borrowed = my_magazines() == &no_heap_any_more;
  if (visited == nullptr || borrowed)
    return;
  // Thread-specific data needs what the hooks set up; thread-local storage is there, and the hooks may allocate.
  if constexpr (!config::has_thread_locals)
    os::install_hooks();
  bool has_word = set_my_magazines(visited);
  os::install_hooks();
  if (!has_word || !os::arm_thread_exit())
  {
    // Nobody would park the heap: the thread goes on without one.
    set_my_magazines(&no_heap_any_more);
    borrowed = true;
    return;
  }
  visited->thread_counts = {};
  idle::note_owner();
  may_start_thread = true;
  space::note_thread();
}

Visit::~Visit()
{
  if (visited == nullptr)
    return;
  if (SN_UNLIKELY(borrowed))
  {
    SlowPath slow(*visited);
    visited->post_all();
  }
  registry::drain_due();
  if (SN_UNLIKELY(visited->take_look_for_idle()))
    registry::release_idle(visited);
  if (SN_UNLIKELY(borrowed))
    registry::return_borrowed(visited);
  else if (may_start_thread)
    start_idle_thread_if_due();
  purge_slice_if_due();
}
} // namespace sn
