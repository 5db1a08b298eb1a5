// The inbox itself, under a model checker: what a sender wrote into a batch is seen by who takes it, every batch is
// taken once, and batches that are reused at once do not confuse the stack.
#include "relacy_atomic.h"

#include "heap/inbox.h"
#undef std

#include "run.h"

namespace
{
struct Payload : sn::Batch
{
  rl::var<int> content;
};

struct InboxModel : rl::test_suite<InboxModel, 3>
{
  sn::Inbox inbox;
  Payload batches[4];
  int taken = 0;

  void take_all()
  {
    for (sn::Batch* batch = inbox.take(); batch != nullptr;)
    {
      auto* payload = static_cast<Payload*>(batch);
      batch = batch->next;
      RL_ASSERT(payload->content($) == 7);
      payload->content($) = 8; // the batch is the receiver's now
      taken++;
    }
  }

  void thread(unsigned number)
  {
    if (number == 0)
    {
      take_all();
      take_all();
      return;
    }
    for (unsigned round = 0; round < 2; round++)
    {
      Payload& batch = batches[(number - 1) * 2 + round];
      batch.content($) = 7;
      inbox.push(&batch);
    }
  }

  void after()
  {
    take_all();
    RL_ASSERT(taken == 4);
  }
};
} // namespace

int main()
{
  return run<InboxModel>();
}
