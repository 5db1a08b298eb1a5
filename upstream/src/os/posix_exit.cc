// What a process says when it exits. Some programs close stderr before that, by a function of atexit: so there is a
// second descriptor of it. A child of fork does not keep that, for who waits until all writers have ended would wait
// for it.
#include "os/kernel.h"
#include "os/posix.h"

namespace sn::os
{
namespace
{
// Above those that programs give numbers to, and below the limits that systems set.
constexpr int least_kept = 200;

int kept_stderr = -1; // -1: there is none
} // namespace

bool keep_stderr()
{
  KeepErrno keep;
  kept_stderr = kernel::duplicate(STDERR_FILENO, least_kept);
  return kept_stderr >= 0 || errno != EBADF;
}

void forget_stderr()
{
  KeepErrno keep;
  if (kept_stderr >= 0)
    kernel::close(kept_stderr);
  kept_stderr = -1;
}

void write_at_exit(const char* text, size_t length)
{
  KeepErrno keep;
  NotCancelled stay;
  bool is_closed = kernel::write(STDERR_FILENO, text, length) < 0 && errno == EBADF;
  if (is_closed && kept_stderr >= 0)
    is_closed = kernel::write(kept_stderr, text, length) < 0; // nothing can be done about that
}

size_t this_process()
{
  return size_t(kernel::getpid());
}
} // namespace sn::os
