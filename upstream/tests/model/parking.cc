// A sender posts to a heap that its owner parks at that moment: heap/registry.h, invariant 2. The inbox is the real
// one. `parked` mirrors Heap::post(), registry::drain() and put_parked() with drain_parked(); the registry's lock is a
// mutex.
#include "relacy_atomic.h"

#include "heap/inbox.h"
#undef std

#include "run.h"

#ifdef WEAK_PARKED
#  define STORE_PARKED rl::mo_release
#  define LOAD_PARKED rl::mo_acquire
#else
#  define STORE_PARKED rl::mo_seq_cst
#  define LOAD_PARKED rl::mo_seq_cst
#endif

namespace
{
struct ParkingModel : rl::test_suite<ParkingModel, 3>
{
  sn::Inbox inbox;
  rl::atomic<bool> parked{false};
  rl::mutex registry;
  rl::var<int> heap{0}; // all that only the owner, or the registry's holder when it is parked, may touch
  sn::Batch batches[2];
  int drained = 0;

  void drain_inbox()
  {
    for (sn::Batch* batch = inbox.take(); batch != nullptr; batch = batch->next)
      drained++;
    heap($) = heap($) + 1;
  }

  void post(sn::Batch& batch)
  {
    inbox.push(&batch);
    if (!parked.load(LOAD_PARKED, $))
      return;
    registry.lock($);
    if (parked.load(rl::mo_relaxed, $))
      drain_inbox();
    registry.unlock($);
  }

  void park()
  {
    registry.lock($);
    parked.store(true, STORE_PARKED, $);
    drain_inbox();
    registry.unlock($);
  }

  void adopt()
  {
    registry.lock($);
    parked.store(false, rl::mo_relaxed, $);
    registry.unlock($);
  }

  void thread(unsigned number)
  {
    if (number > 0)
    {
      post(batches[number - 1]);
      return;
    }
    heap($) = 1;
    park();
    adopt();
    heap($) = 2;
    park();
  }

  void after() { RL_ASSERT(drained == 2 && inbox.is_empty()); }
};
} // namespace

int main()
{
  return run<ParkingModel>();
}
