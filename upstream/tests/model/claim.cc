// Who claims a heap and its owner keep each other out, see each other's work, and wake each other up. Mirrors
// Heap::enter(), leave(), wait_until_left() and is_busy(), and registry's claim() and unclaim(), line by line. Who
// waits for `busy` is not always woken, but looks again by itself.
#include "relacy_atomic.h"
#undef std

#include "run.h"

#ifdef WEAK_ENTER
#  define ENTER rl::mo_release
#else
#  define ENTER rl::mo_seq_cst
#endif
#ifdef WEAK_CLAIM
#  define CLAIM rl::mo_release
#else
#  define CLAIM rl::mo_seq_cst
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
  Futex claimed_futex;
  rl::var<int> heap{0};

  void enter()
  {
    for (;;)
    {
      busy.store(1, ENTER, $);
      if (claimed.load(rl::mo_seq_cst, $) == 0)
        return;
      leave();
      unsigned seen = 1;
      claimed.compare_exchange_strong(seen, 2, rl::mo_relaxed, $);
      if (seen != 0)
#ifdef SPIN
        rl::yield(1, $);
#else
        claimed_futex.wait(claimed, 2);
#endif
    }
  }

  void leave() { busy.store(0, LEAVE, $); }

  void claim()
  {
    claimed.store(1, CLAIM, $);
    while (busy.load(rl::mo_seq_cst, $) != 0)
      rl::yield(1, $);
  }

  void unclaim()
  {
    if (claimed.exchange(0, UNCLAIM, $) == 2)
      wake();
  }

  void wake()
  {
#if !defined(SPIN) && !defined(WEAK_WAKE)
    claimed_futex.wake_all();
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
