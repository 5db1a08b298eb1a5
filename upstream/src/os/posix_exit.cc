// What a process says at its start and when it exits. Some programs close stderr before that, by a function of atexit:
// so there is a second descriptor of it. A child of fork does not keep that, for who waits until all writers have ended
// would wait for it. Programs that close all descriptors may get that number for a file of their own, so that is looked
// at before.
#include "os/kernel.h"
#include "os/posix.h"

namespace sn::os
{
namespace
{
// Above those that programs give numbers to, and below the limits that systems set.
constexpr int least_kept = 200;

int kept_stderr = -1; // -1: there is none
kernel::FileName kept_name;

// Whether the program has left it as it was.
bool has_kept()
{
  kernel::FileName name;
  return kept_stderr >= 0 && kernel::identify(kept_stderr, name) && name.device == kept_name.device &&
         name.number == kept_name.number;
}

// While it lives, a pipe that nobody reads sends the calling thread no signal: a program that says nothing itself would
// end by it.
class NoBrokenPipe
{
public:
  ~NoBrokenPipe()
  {
    if (!was_pending && kernel::pending().has(SIGPIPE))
      kernel::take(signal);
    kernel::restore(before);
  }
  NoBrokenPipe() = default;
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

private:
  kernel::Signals signal = kernel::Signals::only(SIGPIPE);
  bool was_pending = kernel::pending().has(SIGPIPE);
  kernel::Signals before = kernel::block(signal);
};
} // namespace

bool keep_stderr()
{
  KeepErrno keep;
  kept_stderr = kernel::duplicate(STDERR_FILENO, least_kept);
  bool is_open = kept_stderr >= 0 || errno != EBADF;
  if (kept_stderr >= 0 && !kernel::identify(kept_stderr, kept_name))
  {
    kernel::close(kept_stderr);
    kept_stderr = -1;
  }
  return is_open;
}

void forget_stderr()
{
  KeepErrno keep;
  if (has_kept())
    kernel::close(kept_stderr);
  kept_stderr = -1;
}

void write_error(const char* text, size_t length)
{
  KeepErrno keep;
  NotCancelled stay;
  NoBrokenPipe no_signal;
  bool written = kernel::write(STDERR_FILENO, text, length) >= 0; // nothing can be done about a failing write
  (void)written;
}

void write_at_exit(const char* text, size_t length)
{
  KeepErrno keep;
  NotCancelled stay;
  NoBrokenPipe no_signal;
  bool is_closed = kernel::write(STDERR_FILENO, text, length) < 0 && errno == EBADF;
  if (is_closed && has_kept())
    is_closed = kernel::write(kept_stderr, text, length) < 0; // nothing can be done about that
}

size_t this_process()
{
  return size_t(kernel::getpid());
}
} // namespace sn::os
