// The claim itself, under a model checker: who claims a heap and its owner keep each other out, see each other's work,
// and wake each other up. Who waits for `busy` is not always woken, but looks again by itself. The claimer leaves its
// mark there each time.
#include "relacy_atomic.h"

#include "heap/claim.h"
#undef std

#include "futex.h"
#include "run.h"

namespace
{
Futex* claimed_futex;
rl::atomic<uint32_t>* busy_word;
} // namespace

namespace sn::os
{
void wait([[maybe_unused]] rl::atomic<uint32_t>& word, [[maybe_unused]] uint32_t value)
{
#ifdef SPIN
  rl::yield(1, $);
#else
  claimed_futex->wait(word, value);
#endif
}

void wait_briefly(rl::atomic<uint32_t>&, uint32_t)
{
  rl::yield(1, $);
}

void wake_all([[maybe_unused]] rl::atomic<uint32_t>& word)
{
#if !defined(SPIN) && !defined(WEAK_WAKE)
  if (&word != busy_word) // whose waiters wake up by themselves
    claimed_futex->wake_all();
#endif
}
} // namespace sn::os

namespace
{
struct ClaimModel : rl::test_suite<ClaimModel, 2>
{
  sn::Bracket bracket;
  sn::Claim claim;
  Futex futex;
  rl::var<int> heap{0};

  void before()
  {
    claimed_futex = &futex;
    busy_word = &bracket.word();
  }

  void work() { heap($) = heap($) + 1; }

  void thread(unsigned number)
  {
    for (int round = 0; round < 2; round++)
      if (number == 0)
      {
        bracket.enter(claim, [] { return false; });
        work();
        bracket.leave(claim);
      }
      else
      {
        sn::Claimed claimed(claim);
        while (bracket.is_busy()) // as a fork does
          sn::os::wait_briefly(bracket.word(), 1);
        work();
        bracket.set_mark(2);
      }
  }

  void after() { RL_ASSERT(heap($) == 4); }
};
} // namespace

int main()
{
  return run<ClaimModel>();
}
