// Senders post to a heap that nobody owns, and drain it when it is due; another thread drains it for its own reasons.
// The inbox and the list are the real ones; what is around them mirrors Outbox::post() and registry::drain_noted(), and
// the registry's lock is a mutex.
#include "relacy_atomic.h"

#include "heap/due_list.h"
#include "heap/inbox.h"
#undef std

#include "run.h"

namespace
{
struct DueModel : rl::test_suite<DueModel, 2>
{
  sn::Inbox inbox;
  rl::atomic<uint32_t> next_due{0};
  sn::DueList due;
  rl::mutex registry;
  rl::var<int> heap{0}; // under the registry's lock
  sn::Batch batches[2];
  int drained = 0;

  void post(sn::Batch& batch)
  {
    inbox.push(&batch);
    due.note(1, next_due);
  }

  void drain_inbox()
  {
    heap($) = heap($) + 1;
    for (sn::Batch* batch = inbox.take(); batch != nullptr; batch = batch->next)
      drained++;
  }

  void drain_due()
  {
    if (due.is_empty() || due.take() == 0)
      return;
    registry.lock($);
    RL_ASSERT(sn::DueList::remove(next_due) == 0);
    drain_inbox();
    registry.unlock($);
  }

  void thread(unsigned number)
  {
    post(batches[number]);
    if (number == 0)
    {
      registry.lock($);
      drain_inbox();
      registry.unlock($);
    }
    drain_due();
  }

  // Whoever noted the heap drains it, or the other one does.
  void after()
  {
    drain_due();
    RL_ASSERT(drained == 2 && inbox.is_empty());
  }
};
} // namespace

int main()
{
  return run<DueModel>();
}
