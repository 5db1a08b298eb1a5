// Systems where the allocator has no thread of its own. The loader of Windows holds its lock while it unloads a
// library, and a thread needs that lock to end: so nobody could wait for the end of one there.
#include "os/os.h"

namespace sn::os
{
bool start_thread(Thread&, void (*)())
{
  return false;
}

void run_without_signals(void (*run)())
{
  run();
}

void join_thread(Thread) {}

bool is_main_thread()
{
  return false;
}
} // namespace sn::os
