// How musl's fork comes to a malloc that a static program has in itself.
//
// That fork takes locks of its own after all handlers have run, as that of the list of its streams. Who holds it may
// wait for a stream (fflush), and who has the stream for memory (getline). So our locks have to come after those, and a
// handler would take them before. musl's own malloc is called there, by a name of which fork has a weak definition that
// does nothing. We have another, which the linker finds first.
#include "os/posix.h"

extern "C" {
// Beside it, in all versions that call it (1.2.2 and later), and not to be found in musl as a shared library.
SN_WEAK void __ldso_atfork(int moment);

// -1: before the fork; 0: after it, in the parent; 1: in the child. Not called while there is only one thread.
void sn_at_fork(int moment)
{
  if (moment < 0)
    sn::os::before_fork();
  else if (moment == 0)
    sn::os::after_fork_in_parent();
  else
    sn::os::after_fork_in_child();
}
SN_WEAK_NAME_OF("sn_at_fork") void __malloc_atfork(int moment);
}

namespace sn::os
{
bool is_called_by_fork()
{
  void (*volatile called)(int) = __malloc_atfork; // perhaps another's
  return &__ldso_atfork != nullptr && called == sn_at_fork;
}
} // namespace sn::os
