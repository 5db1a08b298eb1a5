// The lock: whoever has it sees the work of those who had it before, sleepers are woken, and the holder learns whether
// a certain thread waits for it. Mirrors os/lock.h line by line, with threads' numbers in a word of 32 bits.
#include "relacy_atomic.h"
#undef std

#include "futex.h"
#include "run.h"

#ifdef WEAK_UNLOCK
#  define UNLOCK rl::mo_relaxed
#else
#  define UNLOCK rl::mo_release
#endif
#ifdef WEAK_ANSWER
#  define ANSWER rl::mo_relaxed
#else
#  define ANSWER rl::mo_release
#endif

namespace
{
constexpr unsigned sleepers = 1;
constexpr unsigned answered = 1;

struct ModelLock
{
  rl::atomic<unsigned> word{0};
  rl::atomic<unsigned> asked{0};
  Futex futex;

  bool try_take(unsigned with)
  {
    unsigned free = 0;
    return word.compare_exchange_strong(free, with, rl::mo_acquire, $, rl::mo_relaxed, $);
  }

  void lock(unsigned me)
  {
    if (try_take(me))
      return;
    while (!try_take(me | sleepers))
    {
      unsigned seen = word.load(rl::mo_relaxed, $);
      if (
        seen == 0 || ((seen & sleepers) == 0 &&
                      !word.compare_exchange_strong(seen, seen | sleepers, rl::mo_relaxed, $, rl::mo_relaxed, $)))
        continue;
      unsigned question = me;
      asked.compare_exchange_strong(question, me | answered, ANSWER, $, rl::mo_relaxed, $);
      futex.wait(word, seen | sleepers);
    }
#ifndef WEAK_ASKED
    unsigned question = me | answered;
    asked.compare_exchange_strong(question, 0, rl::mo_relaxed, $, rl::mo_relaxed, $);
#endif
  }

  void unlock()
  {
    unsigned before = word.exchange(0, UNLOCK, $);
#ifndef WEAK_WAKE
    if ((before & sleepers) != 0)
      futex.wake_one();
#endif
  }

  bool is_awaited_by(unsigned thread)
  {
    unsigned question = asked.load(rl::mo_acquire, $);
    if (question == (thread | answered))
      return true;
    if (question != thread)
      asked.store(thread, rl::mo_relaxed, $);
    futex.wake_all();
    return false;
  }
};

// Thread 0 has the outer lock and takes the inner one, twice; thread 1 has the inner one and wants to know whether
// thread 0 waits for it, twice: then what the outer one guards is at rest. Thread 2 comes for the inner one, too.
struct LockModel : rl::test_suite<LockModel, 3>
{
  ModelLock inner;
  rl::var<int> guarded{0};
  rl::var<int> outer{0};

  static unsigned number_of(unsigned thread) { return 2 * (thread + 1); }

  void work()
  {
    guarded($) = guarded($) + 1;
    inner.unlock();
  }

  void thread(unsigned number)
  {
    unsigned me = number_of(number);
    for (int round = 0; round < 2; round++)
    {
      if (number == 0)
        outer($) = outer($) + 1;
      inner.lock(me);
      if (number == 1)
        for (int look = 0; look < 3; look++)
          if (inner.is_awaited_by(number_of(0)))
          {
            RL_ASSERT(outer($) > 0);
            break;
          }
      work();
      if (number == 2)
        break;
    }
  }

  void after() { RL_ASSERT(guarded($) == 5); }
};
} // namespace

int main()
{
  return run<LockModel>();
}
