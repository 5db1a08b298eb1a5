// The os contract as far as POSIX goes.
#include "os/posix.h"

#include "base/bits.h"
#include "base/faults.h"
#include "base/options.h"
#include "os/kernel.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#  define MAP_ANONYMOUS MAP_ANON
#endif
#ifndef MAP_NORESERVE // where memory is never reserved
#  define MAP_NORESERVE 0
#endif

// Of glibc: the lock of the list of all streams, which a thread may take again; and whether there is but one thread,
// where it tells.
#ifdef __ELF__
#  define SN_GLIBC extern "C" __attribute__((weak))
SN_GLIBC void _IO_list_lock();
SN_GLIBC void _IO_list_unlock();
SN_GLIBC void _IO_list_resetlock();
SN_GLIBC char __libc_single_threaded;
static char* const single_thread = &__libc_single_threaded;
#else
static void (*const _IO_list_lock)() = nullptr;
static void (*const _IO_list_unlock)() = nullptr;
static void (*const _IO_list_resetlock)() = nullptr;
static char* const single_thread = nullptr;
#endif

namespace sn::os
{
pthread_key_t exit_key;
std::atomic<uint32_t> exit_key_valid{0};

namespace
{
Alone<std::atomic<size_t>> cached_page_bytes{0};

// 0 nobody installed the hooks yet, 1 a thread does, 2 done.
std::atomic<uint32_t> install_state{0};

// Who does. Its own calls of the C library may allocate (pthread_atfork of musl), and must not wait for itself. Each
// thread looks for nothing but its own number, so the order does not matter.
std::atomic<uintptr_t> installing_thread{0};

// The C library has taken the word away. It comes back after the hook has made it that of an ended thread, once for
// each round of destructors, so that those of others find it.
void on_key_destroyed(void* word)
{
  if constexpr (!config::has_thread_locals)
    pthread_setspecific(exit_key, word);
  hooks.thread_exit();
}

// Which thread has the lock of that list for its fork, and how often.
std::atomic<uintptr_t> list_thread{0};
unsigned list_depth = 0;

bool has_list()
{
  return list_thread.load(std::memory_order_relaxed) == this_thread();
}

// A single thread waits for nobody.
void lock_list()
{
  bool is_alone = single_thread != nullptr && *single_thread != 0;
  if (_IO_list_lock == nullptr || is_alone)
    return;
  _IO_list_lock();
  list_depth++;
  list_thread.store(this_thread(), std::memory_order_relaxed);
}

void unlock_list()
{
  if (!has_list())
    return;
  if (--list_depth == 0)
    list_thread.store(0, std::memory_order_relaxed);
  _IO_list_unlock();
}

// fork takes that lock when all handlers have run. Who holds it may wait for a stream (fflush), and who has the stream
// for memory: so it comes before our locks. But a thread that forks in the midst of what those guard waits for it, too:
// so it is given up for that one.
} // namespace

void before_fork()
{
  for (;;)
  {
    bool takes_list = has_list() || !hooks.is_interrupted();
    if (takes_list)
      lock_list();
    bool is_ready = hooks.before_fork();
    bool holds_all = is_ready && !forks_hold_nothing.load(std::memory_order_relaxed);
    if (is_ready && !holds_all)
      hooks.after_fork_in_parent();
    if (takes_list && !holds_all)
      unlock_list();
    if (is_ready)
      return;
    std::atomic<uint32_t> moment{0};
    wait_briefly(moment, 0);
  }
}

void after_fork_in_parent()
{
  if (forks_hold_nothing.load(std::memory_order_relaxed))
    return;
  hooks.after_fork_in_parent();
  unlock_list();
}

void after_fork_in_child()
{
  if (!forks_hold_nothing.load(std::memory_order_relaxed) || !hooks.is_interrupted())
    hooks.after_fork_in_child();
  forget_stderr();
  if (has_list())
    _IO_list_resetlock();
  list_thread.store(0, std::memory_order_relaxed);
  list_depth = 0;
}

// A thread that never comes out of a signal handler may hold what this waits for: so it does not wait for ever.
void end_forks()
{
  constexpr int most_naps = 1000;
  std::atomic<uint32_t> moment{0};
  for (int nap = 0; !is_called_by_fork() && nap < most_naps && !hooks.try_end_forks(); nap++)
    wait_briefly(moment, 0);
}

void end_thread_early()
{
  hooks.thread_exit();
  if (exit_key_valid.load(std::memory_order_acquire) != 0)
    pthread_setspecific(exit_key, nullptr);
}

void* map(void* hint, size_t bytes, int extra_flags)
{
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags;
  count_call();
  void* start = faults::refuses() ? MAP_FAILED : kernel::mmap(hint, bytes, PROT_READ | PROT_WRITE, flags);
  if (start == MAP_FAILED)
    return nullptr;
  advise_page_size(start, bytes);
  return start;
}

void advise_page_size([[maybe_unused]] void* start, [[maybe_unused]] size_t bytes)
{
#ifdef __linux__
  if (options.huge_pages == HugePages::system_choice)
    return;
  count_call();
  kernel::madvise(start, bytes, options.huge_pages == HugePages::never ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
#endif
}

#ifndef __linux__
void* map_reservation(size_t bytes, bool)
{
  return map(nullptr, bytes, 0);
}
#endif

bool unmap(void* start, size_t bytes)
{
  count_call();
  return kernel::munmap(start, bytes) == 0;
}

size_t page_bytes()
{
  size_t bytes = cached_page_bytes.load(std::memory_order_relaxed);
  if (SN_UNLIKELY(bytes == 0))
  {
    size_t pretended = config::faults ? faults::pretended_page_bytes.load(std::memory_order_relaxed) : 0;
    bytes = pretended != 0 ? pretended : size_t(sysconf(_SC_PAGESIZE));
    cached_page_bytes.store(bytes, std::memory_order_relaxed);
  }
  return bytes;
}

void* reserve(size_t bytes, size_t alignment)
{
  KeepErrno keep;
  auto* start = static_cast<char*>(map_reservation(bytes, false));
  if (start == nullptr || (uintptr_t(start) & (alignment - 1)) == 0)
    return start;
  unmap(start, bytes);
  if (bytes + alignment < bytes)
    return nullptr;
  start = static_cast<char*>(map_reservation(bytes + alignment, true));
  if (start == nullptr)
    return nullptr;
  size_t before = align_up(uintptr_t(start), alignment) - uintptr_t(start);
  if (before != 0)
    unmap(start, before);
  unmap(start + before + bytes, alignment - before);
  return start + before;
}

// Nothing is to be done, but tests refuse it all the same.
bool commit(void*, size_t)
{
  return !faults::refuses();
}

bool release(void* start, size_t bytes)
{
  KeepErrno keep;
  return !faults::refuses() && unmap(start, bytes);
}

bool clear(void* start, size_t bytes)
{
  return purge(start, bytes, false);
}

bool protect(void* start, size_t bytes, bool accessible)
{
  KeepErrno keep;
  count_call();
  return !faults::refuses() && kernel::mprotect(start, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

// Aligned addresses. Older C libraries tell 0 before there are threads.
uintptr_t this_thread()
{
  return uintptr_t(pthread_self()) | 2;
}

uint64_t now_ms()
{
#if defined(CLOCK_MONOTONIC_COARSE)
  constexpr clockid_t clock = CLOCK_MONOTONIC_COARSE;
#elif defined(CLOCK_MONOTONIC_FAST)
  constexpr clockid_t clock = CLOCK_MONOTONIC_FAST;
#else
  constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
  return read_clock_ns(clock) / 1'000'000;
}

void install_hooks()
{
  KeepErrno keep;
  uint32_t state = 0;
  if (install_state.compare_exchange_strong(state, 1, std::memory_order_acquire))
  {
    installing_thread.store(this_thread(), std::memory_order_relaxed);
    if (!faults::refuses() && pthread_key_create(&exit_key, on_key_destroyed) == 0)
      exit_key_valid.store(1, std::memory_order_release);
    if (!is_called_by_fork())
      pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    install_state.store(2, std::memory_order_release);
    wake_all(install_state);
    return;
  }
  if (installing_thread.load(std::memory_order_relaxed) == this_thread())
    return;
  while (install_state.load(std::memory_order_acquire) != 2)
    wait(install_state, 1);
}

bool arm_thread_exit()
{
  KeepErrno keep;
  if (exit_key_valid.load(std::memory_order_acquire) == 0 || faults::refuses())
    return false;
  if (config::has_thread_locals && pthread_setspecific(exit_key, &exit_key) != 0)
    return false;
  keep_library();
  return true;
}

void* thread_word()
{
  return exit_key_valid.load(std::memory_order_acquire) == 0 ? nullptr : pthread_getspecific(exit_key);
}

bool set_thread_word(void* word)
{
  return exit_key_valid.load(std::memory_order_acquire) != 0 && pthread_setspecific(exit_key, word) == 0;
}

// In one piece, so that no other thread's line comes between.
void die(const char* message)
{
  NotCancelled stay;
  char newline = '\n';
  iovec pieces[] = {{const_cast<char*>(message), strlen(message)}, {&newline, 1}};
  bool written = kernel::writev(STDERR_FILENO, pieces, 2) >= 0;
  (void)written;
  abort();
}
} // namespace sn::os
