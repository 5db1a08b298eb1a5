// Who claims a heap and its owner keep each other out, see each other's work, and wake each other up. Mirrors
// Heap::enter(), leave(), wait_until_left() and is_busy(), and registry's claim() and unclaim(), line by line; both
// sides of the asymmetric fence are full fences here, as on a system without membarrier.
#include "relacy_atomic.h"
#undef std

#include "run.h"

#ifdef WEAK_FENCE
#  define FENCE rl::mo_acq_rel
#else
#  define FENCE rl::mo_seq_cst
#endif
#ifdef WEAK_LEAVE
#  define LEAVE rl::mo_relaxed
#else
#  define LEAVE rl::mo_release
#endif
#ifdef WEAK_UNCLAIM
#  define UNCLAIM rl::mo_relaxed
#else
#  define UNCLAIM rl::mo_release
#endif

namespace
{
// A futex: whether to sleep is decided in one step with going to sleep. Its lock orders nothing else, for the words are
// read relaxed under it and every user reads them again.
class Futex
{
public:
  void wait(rl::atomic<unsigned>& word, unsigned value)
  {
    lock.lock($);
    if (word.load(rl::mo_relaxed, $) == value)
      sleepers.wait(lock, $);
    lock.unlock($);
  }

  void wake_all()
  {
    lock.lock($);
    sleepers.notify_all($);
    lock.unlock($);
  }

private:
  rl::mutex lock;
  rl::condition_variable_any sleepers;
};

struct ClaimModel : rl::test_suite<ClaimModel, 2>
{
  rl::atomic<unsigned> busy{0};
  rl::atomic<unsigned> claimed{0};
  Futex busy_futex;
  Futex claimed_futex;
  rl::var<int> heap{0};

  void enter()
  {
    for (;;)
    {
      busy.store(1, rl::mo_relaxed, $);
      rl::atomic_thread_fence(FENCE, $);
      if (claimed.load(rl::mo_acquire, $) == 0)
        return;
      leave();
#ifdef SPIN
      rl::yield(1, $);
#else
      claimed_futex.wait(claimed, 1);
#endif
    }
  }

  void leave()
  {
    busy.store(0, LEAVE, $);
    rl::atomic_thread_fence(FENCE, $);
#ifndef WEAK_WAKE
    if (claimed.load(rl::mo_relaxed, $) != 0)
      wake(busy_futex);
#endif
  }

  void claim()
  {
    claimed.store(1, rl::mo_relaxed, $);
    rl::atomic_thread_fence(FENCE, $);
    while (busy.load(rl::mo_acquire, $) != 0)
#ifdef SPIN
      rl::yield(1, $);
#else
      busy_futex.wait(busy, 1);
#endif
  }

  void unclaim()
  {
    claimed.store(0, UNCLAIM, $);
    wake(claimed_futex);
  }

  static void wake(Futex& futex)
  {
#ifdef SPIN
    (void)futex;
#else
    futex.wake_all();
#endif
  }

  void work() { heap($) = heap($) + 1; }

  void thread(unsigned number)
  {
    for (int round = 0; round < 2; round++)
      if (number == 0)
      {
        enter();
        work();
        leave();
      }
      else
      {
        claim();
        work();
        unclaim();
      }
  }

  void after() { RL_ASSERT(heap($) == 4); }
};
} // namespace

int main()
{
  return run<ClaimModel>();
}
