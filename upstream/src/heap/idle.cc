#include "heap/idle.h"

#include "base/options.h"
#include "heap/registry.h"
#include "meta/usage.h"
#include "os/os.h"
#include "range/space.h"

namespace sn::idle
{
namespace
{
os::Thread thread; // written while `starting`; read by who joins it

// Threads that own a heap, and whether the first thread has ended. Who starts the idle thread owns a heap meanwhile: so
// what the last owner finds is never `starting`.
std::atomic<uint32_t> owners{0};
std::atomic<bool> has_first_ended{false};

// How long it sleeps: twice in a delay, but neither without end nor all the time.
uint32_t period_ms()
{
  constexpr size_t least = 50;
  constexpr size_t most = 60'000;
  size_t half = options.purge_delay_ms / 2;
  return uint32_t(half < least ? least : half > most ? most : half);
}

// Whoever wants a heap or the registry waits for a few slices at most.
void make_holes()
{
  constexpr unsigned slices_at_once = 4;
  constexpr uint32_t pause_ms = 1;
  for (unsigned slices = 1; registry::make_holes_of_resting(); slices++)
  {
    uint32_t now = state.load(std::memory_order_relaxed);
    if (now == stopping)
      return;
    if (slices % slices_at_once == 0)
      os::wait_for_ms(state, now, pause_ms);
  }
}

// Gives back what has been free for the delay; and if that is quite sure, all that is free. Returns whether there may
// be more to give back later.
bool look_round(bool all)
{
  bool has_more = registry::release_resting();
  usage::idle_purged_bytes.fetch_add(space::purge_resting(all), std::memory_order_relaxed);
  make_holes();
  return has_more || space::has_free_memory();
}

// Where it could not be started again it sleeps instead. Otherwise: whether it ended. News that came between its last
// look and its end found it running, so that nobody started another one.
bool try_end()
{
  if constexpr (config::stands_in_for_malloc)
  {
    space::sleeps_until_news.store(true, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (space::news.load(std::memory_order_relaxed) == 0 && state.load(std::memory_order_relaxed) != stopping)
      os::wait(space::news, 0);
    space::sleeps_until_news.store(false, std::memory_order_relaxed);
    return false;
  }
  // Release: pairs with the acquire of who joins it. Not while it is `starting`: its handle is not written yet.
  uint32_t expected = running;
  if (!state.compare_exchange_strong(expected, ended, std::memory_order_release, std::memory_order_relaxed))
    return false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (space::news.load(std::memory_order_relaxed) == 0)
    return true;
  expected = ended;
  return !state.compare_exchange_strong(expected, running, std::memory_order_relaxed, std::memory_order_relaxed);
}

// What the system does not take back, as memory that is locked, may stay free and resident for ever.
void run()
{
  constexpr unsigned delay = 2;
  constexpr unsigned most_in_vain = 8;
  unsigned quiet = 0; // periods without news
  for (;;)
  {
    uint32_t now = state.load(std::memory_order_relaxed);
    if (now != stopping)
      os::wait_for_ms(state, now, period_ms());
    if (state.load(std::memory_order_relaxed) == stopping)
      return;
    bool has_news = space::news.exchange(0, std::memory_order_relaxed) != 0;
    quiet = has_news ? 0 : quiet + 1;
    bool has_more = look_round(quiet >= delay);
    if (quiet >= delay && (!has_more || quiet > most_in_vain) && try_end())
      return;
  }
}

bool is_wanted()
{
  if (options.idle_purge == IdlePurge::never)
    return false;
  constexpr auto relaxed = std::memory_order_relaxed;
  bool has_use = registry::has_threads.load(relaxed) ||
                 (options.idle_purge == IdlePurge::always && !registry::is_child.load(relaxed));
  return has_use && !registry::is_forking_here() && !registry::is_interrupted(); // which looks at all heaps
}

// Whether there is a thread in that state to be joined.
bool is_to_join(uint32_t in)
{
  return in == running || in == ended;
}

// Waits for the end of one that is `stopping`.
void await_end()
{
  space::news.store(1, std::memory_order_relaxed);
  os::wake_all(space::news);
  os::wake_all(state);
  os::join_thread(thread);
}

void end_for_now()
{
  uint32_t before = state.load(std::memory_order_relaxed);
  while (is_to_join(before))
    if (state.compare_exchange_strong(before, stopping, std::memory_order_acquire, std::memory_order_relaxed))
    {
      await_end();
      state.store(absent, std::memory_order_release);
      return;
    }
}

// Without signals: a handler that forks in between would have its child go on here, and start a thread, or wait for one
// that is not there.
void start_undisturbed()
{
  uint32_t before = state.load(std::memory_order_acquire);
  if (!may_start(before) || !is_wanted())
    return;
  if (!state.compare_exchange_strong(before, starting, std::memory_order_acquire, std::memory_order_relaxed))
    return;
  if (before == ended)
    os::join_thread(thread);
  bool is_started = os::start_thread(thread, run);
  // Release: pairs with the acquire of who joins it.
  state.store(is_started ? running : never, std::memory_order_release);
}
} // namespace

void start()
{
  if (is_wanted())
    os::run_without_signals(start_undisturbed);
}

void note_owner()
{
  owners.fetch_add(1, std::memory_order_relaxed);
}

void note_owner_end()
{
  if (os::is_main_thread())
    has_first_ended.store(true, std::memory_order_relaxed);
  // Both: the last one sees what the others did before.
  if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1 && has_first_ended.load(std::memory_order_relaxed))
    end_for_now();
}

// Nobody starts it meanwhile, for no other thread is in a library that leaves.
void stop()
{
  if (is_to_join(state.exchange(stopping, std::memory_order_acq_rel)))
    await_end();
  state.store(never, std::memory_order_relaxed);
}

void forget(bool is_owner)
{
  owners.store(is_owner ? 1 : 0, std::memory_order_relaxed);
  has_first_ended.store(false, std::memory_order_relaxed);
  if (state.load(std::memory_order_relaxed) != never)
    state.store(absent, std::memory_order_relaxed);
}
} // namespace sn::idle
