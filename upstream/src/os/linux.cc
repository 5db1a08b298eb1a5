// The os contract on Linux and Android.
#include "base/bits.h"
#include "base/faults.h"
#include "os/os.h"

#include <errno.h>
#include <link.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// glibc's registration of thread-local destructors, in C libraries that have it.
extern "C" __attribute__((weak)) int __cxa_thread_atexit_impl(void (*function)(void*), void* argument, void* library);
extern "C" __attribute__((visibility("hidden"))) void* __dso_handle;

namespace sn::os
{
namespace
{
// System calls report through errno; a caller of malloc or free must not see that.
struct KeepErrno
{
  int saved = errno;
  ~KeepErrno() { errno = saved; }
};

std::atomic<size_t> cached_page_bytes{0};
bool needs_full_fence = true; // written by start() only
pthread_key_t exit_key;
std::atomic<bool> exit_key_valid{false};

// 0 nobody installed the hooks yet, 1 a thread does, 2 done.
std::atomic<uint32_t> install_state{0};

void* map(void* hint, size_t bytes, int extra_flags)
{
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags;
  void* start = faults::refuses() ? MAP_FAILED : mmap(hint, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return start == MAP_FAILED ? nullptr : start;
}

// Puts fresh memory where a hole is, unless another thread's mapping is there already.
bool refill_hole(void* start, size_t bytes)
{
#ifndef MAP_FIXED_NOREPLACE
  constexpr int MAP_FIXED_NOREPLACE = 0x100000;
#endif
  void* got = map(start, bytes, MAP_FIXED_NOREPLACE);
  if (got != nullptr && got != start) // kernels before 4.17 take the address as a hint
    munmap(got, bytes);
  return got == start;
}

void futex(std::atomic<uint32_t>& word, int operation, uint32_t value)
{
  KeepErrno keep;
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

// Whichever of the two comes first runs the hook. Only the destructor of a key comes for sure; but a library can be
// unloaded between the moment when the C library has found that destructor and its first instruction. While a
// thread-local destructor is registered, it cannot.
void on_key_destroyed(void*)
{
  hooks.thread_exit();
}

void on_locals_destroyed(void*)
{
  if (exit_key_valid.load(std::memory_order_acquire))
    pthread_setspecific(exit_key, nullptr);
  hooks.thread_exit();
}

// Written while the library is loaded.
bool may_be_unloaded = false;

// The main program, which stays, is the first object that the loader tells of.
int look_at_main_program(dl_phdr_info* program, size_t, void*)
{
  may_be_unloaded = true;
  for (int number = 0; number < program->dlpi_phnum; number++)
  {
    const auto& segment = program->dlpi_phdr[number];
    if (segment.p_type == PT_LOAD && uintptr_t(&exit_key) - (program->dlpi_addr + segment.p_vaddr) < segment.p_memsz)
      may_be_unloaded = false;
  }
  return 1; // look no further
}

// The first thread of a process does not end while others unload libraries, and a library that it has used should not
// stay for ever.
bool is_first_thread()
{
  return syscall(SYS_gettid) == getpid();
}

// A library that is unloaded must leave nothing behind, while at the exit of the process other threads may still run
// and nothing is to be done. The two differ in their order: at exit the functions of atexit run before all destructors,
// at unloading between those of the default priority and that of the lowest.
bool process_exits = false;
bool unloads = false;

__attribute__((constructor(101))) void note_loading()
{
  if constexpr (!config::stays_loaded)
  {
    atexit([] { process_exits = true; });
    dl_iterate_phdr(look_at_main_program, nullptr);
  }
  install_hooks();
}

__attribute__((destructor)) void note_unloading()
{
  unloads = !config::stays_loaded && !process_exits;
}

__attribute__((destructor(101))) void finish_unloading()
{
  if (!unloads || !exit_key_valid.exchange(false, std::memory_order_relaxed))
    return;
  pthread_key_delete(exit_key);
  hooks.unload(false);
}
} // namespace

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
  auto* start = static_cast<char*>(map(nullptr, bytes, 0));
  if (start == nullptr || (uintptr_t(start) & (alignment - 1)) == 0)
    return start;
  munmap(start, bytes);
  if (bytes + alignment < bytes)
    return nullptr;
  start = static_cast<char*>(map(nullptr, bytes + alignment, 0));
  if (start == nullptr)
    return nullptr;
  size_t before = align_up(uintptr_t(start), alignment) - uintptr_t(start);
  if (before != 0)
    munmap(start, before);
  munmap(start + before + bytes, alignment - before);
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
  return !faults::refuses() && munmap(start, bytes) == 0;
}

bool purge(void* start, size_t bytes, bool remap)
{
  KeepErrno keep;
  if (remap)
    return map(start, bytes, MAP_FIXED) != nullptr || (!config::faults && refill_hole(start, bytes));
  return !faults::refuses() && madvise(start, bytes, MADV_DONTNEED) == 0;
}

bool clear(void* start, size_t bytes)
{
  return purge(start, bytes, false);
}

bool protect(void* start, size_t bytes, bool accessible)
{
  KeepErrno keep;
  return !faults::refuses() && mprotect(start, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

Move move_pages(void* from, size_t old_bytes, void* to, size_t new_bytes)
{
  KeepErrno keep;
  if (faults::refuses())
    return Move::refused;
  // The system unmaps the destination before it looks at the source, and leaves it so when it then refuses. So ask
  // first whether it would: growing in place goes through the same checks. Where it succeeds, nothing was mapped
  // behind.
  if (mremap(from, old_bytes, new_bytes, 0) == from)
  {
    if (munmap(static_cast<char*>(from) + old_bytes, new_bytes - old_bytes) != 0)
      return Move::refused;
  }
  else if (errno != ENOMEM) // which says: movable, but something lies behind
    return Move::refused;
  if (mremap(from, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to)
    return refill_hole(from, old_bytes) ? Move::moved : Move::moved_source_lost;
  return refill_hole(to, new_bytes) ? Move::refused : Move::destination_lost;
}

uintptr_t this_thread()
{
  return uintptr_t(pthread_self());
}

// Kernels before 3.17 lack getrandom; what the kernel gave the process for its canaries serves as well.
uint64_t entropy()
{
  KeepErrno keep;
  uint64_t bits = 0;
  if (syscall(SYS_getrandom, &bits, sizeof(bits), 0) != long(sizeof(bits)))
    if (const auto* given = reinterpret_cast<const void*>(getauxval(AT_RANDOM)))
      memcpy(&bits, given, sizeof(bits));
  return bits;
}

uint64_t now_ms()
{
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return uint64_t(now.tv_sec) * 1000 + uint64_t(now.tv_nsec) / 1000000;
}

void wait(std::atomic<uint32_t>& word, uint32_t value)
{
  futex(word, FUTEX_WAIT, value);
}

void wake_one(std::atomic<uint32_t>& word)
{
  futex(word, FUTEX_WAKE, 1);
}

void wake_all(std::atomic<uint32_t>& word)
{
  futex(word, FUTEX_WAKE, INT32_MAX);
}

void light_fence()
{
  if (SN_UNLIKELY(needs_full_fence))
    std::atomic_thread_fence(std::memory_order_seq_cst);
  else
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

void heavy_fence()
{
  KeepErrno keep;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (needs_full_fence)
    return;
  while (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0)
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0)
      die("snmalloc: the system withdrew membarrier");
}

void start()
{
  KeepErrno keep;
  if (!faults::refuses())
    needs_full_fence = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
}

void install_hooks()
{
  KeepErrno keep;
  uint32_t state = 0;
  if (install_state.compare_exchange_strong(state, 1, std::memory_order_acquire))
  {
    if (!faults::refuses() && pthread_key_create(&exit_key, on_key_destroyed) == 0)
      exit_key_valid.store(true, std::memory_order_release);
    pthread_atfork(hooks.before_fork, hooks.after_fork_in_parent, hooks.after_fork_in_child);
    install_state.store(2, std::memory_order_release);
    wake_all(install_state);
    return;
  }
  while (install_state.load(std::memory_order_acquire) != 2)
    wait(install_state, 1);
}

bool arm_thread_exit()
{
  KeepErrno keep;
  if (
    !exit_key_valid.load(std::memory_order_acquire) || faults::refuses() ||
    pthread_setspecific(exit_key, &exit_key) != 0)
    return false;
  if (may_be_unloaded && __cxa_thread_atexit_impl != nullptr && !is_first_thread())
    __cxa_thread_atexit_impl(on_locals_destroyed, nullptr, &__dso_handle);
  return true;
}

void die(const char* message)
{
  // Nothing can be done about a failing write.
  bool written = write(STDERR_FILENO, message, strlen(message)) >= 0 && write(STDERR_FILENO, "\n", 1) >= 0;
  (void)written;
  abort();
}
} // namespace sn::os
