// The allocator's own thread, where threads are those of POSIX.
#include "base/bits.h"
#include "base/faults.h"
#include "os/posix.h"

#ifndef __APPLE__
#  include <link.h>
#endif
#include <signal.h>

namespace sn::os
{
namespace
{
// What it calls needs a tenth of it. Where C libraries put the thread-local variables of the program on the stack as
// well, and these leave just room for a thread to begin, it would overflow: so they come on top.
constexpr size_t stack_bytes = 256 * config::KiB;

#ifndef __APPLE__
int add_thread_locals(dl_phdr_info* object, size_t, void* sum)
{
  for (int number = 0; number < object->dlpi_phnum; number++)
    if (const auto& segment = object->dlpi_phdr[number]; segment.p_type == PT_TLS)
      *static_cast<size_t*>(sum) += segment.p_memsz + segment.p_align;
  return 0;
}
#endif

size_t thread_local_bytes()
{
  size_t sum = 0;
#ifndef __APPLE__
  dl_iterate_phdr(add_thread_locals, &sum);
#endif
  return align_up(sum, page_bytes());
}

static_assert(sizeof(pthread_t) <= sizeof(uintptr_t), "a handle holds what names a thread");

void name_this_thread()
{
  const char* name = "snmalloc-idle";
#if defined(__linux__)
  constexpr long set_name = 15; // PR_SET_NAME
  call_system(SYS_prctl, set_name, name);
#elif defined(__APPLE__)
  pthread_setname_np(name);
#else
  (void)name;
#endif
}

void* run_thread(void* run)
{
  name_this_thread();
  reinterpret_cast<void (*)()>(run)();
  return nullptr;
}

int create(pthread_t& thread, bool is_small, void (*run)())
{
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0)
    return error;
  if (is_small)
    error = pthread_attr_setstacksize(&attributes, stack_bytes + thread_local_bytes());
  if (error == 0)
    error = pthread_create(&thread, &attributes, run_thread, reinterpret_cast<void*>(run));
  pthread_attr_destroy(&attributes);
  return error;
}
} // namespace

// Where that size does not do, it gets a stack of the usual one.
bool start_thread(Thread& thread, void (*run)())
{
  if (faults::refuses())
    return false;
  KeepErrno keep;
  pthread_t started{};
  int error = create(started, true, run);
  if (error == EINVAL)
    error = create(started, false, run);
  thread.handle = uintptr_t(started);
  return error == 0;
}

void run_without_signals(void (*run)())
{
  KeepErrno keep;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
    return;
  run();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void join_thread(Thread thread)
{
  KeepErrno keep;
  NotCancelled stay; // pthread_join is where threads end that are cancelled
  pthread_join(pthread_t(thread.handle), nullptr);
}
} // namespace sn::os
