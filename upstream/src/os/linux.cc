// The os contract on Linux and Android: what POSIX does not offer.
#include "os/linux.h"

#include "base/bits.h"
#include "base/faults.h"
#include "base/options.h"
#include "os/kernel.h"
#include "os/posix.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>

namespace sn::os
{
namespace
{
void* remap(void* from, size_t old_bytes, size_t new_bytes, int flags, void* to)
{
  count_call();
  return kernel::mremap(from, old_bytes, new_bytes, flags, to);
}

// Puts fresh memory where a hole is, unless another thread's mapping is there already.
bool refill_hole(void* start, size_t bytes)
{
#ifndef MAP_FIXED_NOREPLACE
  constexpr int MAP_FIXED_NOREPLACE = 0x100000;
#endif
  void* got = map(start, bytes, MAP_FIXED_NOREPLACE);
  if (got != nullptr && got != start) // kernels before 4.17 take the address as a hint
    unmap(got, bytes);
  return got == start;
}

// False: the kernel does not know how, or a filter of system calls does not let it.
bool touch_all(void* start, size_t bytes)
{
#ifndef MADV_POPULATE_WRITE
  constexpr int MADV_POPULATE_WRITE = 23;
#endif
  KeepErrno keep;
  count_call();
  return kernel::madvise(start, bytes, MADV_POPULATE_WRITE) == 0 ||
         (errno != EINVAL && errno != EPERM && errno != ENOSYS && errno != EACCES);
}

// Whether the program had all its memory locked when a reservation was made last. Relaxed: it orders nothing.
std::atomic<bool> locks_memory{false};

// Gives locked pages back, from Linux 5.18 on; they are locked again when they are touched.
bool drop_locked(void* start, size_t bytes)
{
#ifndef MADV_DONTNEED_LOCKED
  constexpr int MADV_DONTNEED_LOCKED = 24;
#endif
  count_call();
  return kernel::madvise(start, bytes, MADV_DONTNEED_LOCKED) == 0;
}

// Memory that is locked may not be given back by the usual advice.
bool is_locked(void* start)
{
  count_call();
  return kernel::madvise(start, page_bytes(), MADV_DONTNEED) != 0 && errno == EINVAL;
}

// Has pages locked when they are touched, and not all at once when they become accessible. Refused: they are resident.
bool open_locked([[maybe_unused]] void* start, size_t bytes)
{
#ifndef MLOCK_ONFAULT
  constexpr long MLOCK_ONFAULT = 1;
#endif
#ifdef SYS_mlock2
  count_call();
  call_system(SYS_mlock2, start, bytes, long(MLOCK_ONFAULT));
#endif
  count_call();
  return kernel::mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

// Newer kernels refuse a move beyond the limit of address space before they unmap the destination, others after it;
// nobody can tell then whose it is. So that is asked before.
bool has_address_space(size_t bytes)
{
  if (bytes == 0)
    return true;
  count_call();
  void* start = kernel::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
  return start != MAP_FAILED && unmap(start, bytes);
}

// The sanitizer for threads would take what such a fence orders for a race.
#if defined(__SANITIZE_THREAD__)
constexpr bool sees_no_fences = true;
#elif defined(__has_feature)
constexpr bool sees_no_fences = __has_feature(thread_sanitizer);
#else
constexpr bool sees_no_fences = false;
#endif

// `limit`: as long as that; null: without end. Refused by a filter of system calls, it returns at once.
void futex(std::atomic<uint32_t>& word, int operation, uint32_t value, const KernelTime* limit = nullptr)
{
  count_call();
  call_system(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, long(value), limit);
}
} // namespace

bool reserve_at(void* start, size_t bytes)
{
  KeepErrno keep;
  return refill_hole(start, bytes);
}

// A program that has its future memory locked (mlockall) gets all that is accessible resident at once. So where the
// system is asked about that, a reservation is made inaccessible first. A program's very first one is small, and is
// asked about afterwards; the next two follow at once; and after these only large ones are worth asking.
void* map_reservation(size_t bytes, bool again)
{
  static std::atomic<uint32_t> count{0};
  uint32_t number = again ? 1 : count.fetch_add(1, std::memory_order_relaxed);
  bool is_locking = locks_memory.load(std::memory_order_relaxed);
  if (!is_locking && (number < 3 || bytes < config::MiB))
  {
    void* start = map(nullptr, bytes, 0);
    if (number == 0 && start != nullptr)
      locks_memory.store(is_locked(start), std::memory_order_relaxed);
    return start;
  }
  count_call();
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* start = faults::refuses() ? MAP_FAILED : kernel::mmap(nullptr, bytes, PROT_NONE, flags);
  if (start == MAP_FAILED)
    return nullptr;
  is_locking = is_locked(start);
  locks_memory.store(is_locking, std::memory_order_relaxed);
  if (is_locking ? open_locked(start, bytes) : map(start, bytes, MAP_FIXED) != nullptr)
  {
    if (is_locking)
      advise_page_size(start, bytes);
    return start;
  }
  unmap(start, bytes);
  return nullptr;
}

bool purge(void* start, size_t bytes, bool remap)
{
  KeepErrno keep;
  if (remap || !config::advice_clears)
  {
    bool is_mapped = map(start, bytes, MAP_FIXED) != nullptr || (!config::faults && refill_hole(start, bytes));
    if (is_mapped && locks_memory.load(std::memory_order_relaxed))
      drop_locked(start, bytes);
    return is_mapped;
  }
  count_call();
  if (faults::refuses())
    return false;
  return kernel::madvise(start, bytes, MADV_DONTNEED) == 0 || (errno == EINVAL && drop_locked(start, bytes));
}

// Memory that was accessible once counts as promised, and the kernel joins no mapping that does with one that does not.
void close_fresh(void* start, size_t bytes)
{
  KeepErrno keep;
  count_call();
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (faults::refuses() || kernel::mmap(start, bytes, PROT_NONE, flags) == MAP_FAILED)
    protect(start, bytes, false);
}

void populate(void* start, size_t bytes)
{
  static std::atomic<bool> is_refused{false}; // by kernels before 5.14
  if (!is_refused.load(std::memory_order_relaxed) && !touch_all(start, bytes))
    is_refused.store(true, std::memory_order_relaxed);
}

// The huge page stays when the advice is taken back; but where it was purged, one touch must not bring it all back.
// To clear a huge page takes some 0.1 ms; to look for one, or to wait for the host of a virtual machine, many times
// that. It is slow where single pages, of some 2 µs each, would not have taken longer.
Populated populate_huge(void* start, size_t bytes)
{
  const uint64_t slow_ns = 1'000'000 * (bytes / config::block_bytes);
  KeepErrno keep;
  uint64_t begin = read_clock_ns(CLOCK_MONOTONIC);
  count_call();
  bool is_resident = !faults::refuses() && kernel::madvise(start, bytes, MADV_HUGEPAGE) == 0 && touch_all(start, bytes);
  count_call();
  if (kernel::madvise(start, bytes, MADV_NOHUGEPAGE) != 0 || !is_resident)
    return Populated::refused;
  return read_clock_ns(CLOCK_MONOTONIC) - begin < slow_ns ? Populated::quickly : Populated::slowly;
}

Move move_pages(void* from, size_t old_bytes, void* to, size_t new_bytes)
{
  KeepErrno keep;
  if (faults::refuses())
    return Move::refused;
  // The system unmaps the destination before it looks at the source, and leaves it so when it then refuses. So ask
  // first whether it would: growing in place goes through the same checks. Where it succeeds, nothing was mapped
  // behind.
  if (remap(from, old_bytes, new_bytes, 0, nullptr) == from)
  {
    if (!unmap(static_cast<char*>(from) + old_bytes, new_bytes - old_bytes))
      return Move::refused;
  }
  else if (errno != ENOMEM) // which says: movable, but something lies behind
    return Move::refused;
  if (!has_address_space(new_bytes - old_bytes))
    return Move::refused;
  if (remap(from, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to)
    return refill_hole(from, old_bytes) ? Move::moved : Move::moved_source_lost;
  return refill_hole(to, new_bytes) ? Move::refused : Move::destination_lost;
}

// Kernels before 3.17 lack getrandom; what the kernel gave the process for its canaries serves as well.
uint64_t entropy()
{
  uint64_t bits = 0;
  if (call_system(SYS_getrandom, &bits, sizeof(bits), 0) != long(sizeof(bits)))
    if (uintptr_t given = auxiliary::random.load(std::memory_order_relaxed))
      memcpy(&bits, reinterpret_cast<const void*>(given), sizeof(bits));
  return bits;
}

void wait(std::atomic<uint32_t>& word, uint32_t value)
{
  futex(word, FUTEX_WAIT, value);
}

void wait_briefly(std::atomic<uint32_t>& word, uint32_t value)
{
  wait_for_ms(word, value, 1);
}

void wait_for_ms(std::atomic<uint32_t>& word, uint32_t value, uint32_t most_ms)
{
  const KernelTime limit = {most_ms / 1000, long(most_ms % 1000) * 1'000'000};
  futex(word, FUTEX_WAIT, value, &limit);
}

void wake_one(std::atomic<uint32_t>& word)
{
  futex(word, FUTEX_WAKE, 1);
}

void wake_all(std::atomic<uint32_t>& word)
{
  futex(word, FUTEX_WAKE, INT32_MAX);
}

// Filters of system calls that kill may not know the call. A program that filters its own calls has promised to get no
// new privileges, without which it may not; who runs programs in containers need not, and has known the call for long.
// A filter that knows not even the questions has to be none of a program with threads, or one without the idle thread.
bool may_end_for_calls()
{
  constexpr long get_filter = 21;  // PR_GET_SECCOMP
  constexpr long get_promise = 39; // PR_GET_NO_NEW_PRIVS
  if (options.idle_purge == IdlePurge::never)
    return true;
  count_call();
  return call_system(SYS_prctl, get_filter, 0, 0, 0, 0) != 0 && call_system(SYS_prctl, get_promise, 0, 0, 0, 0) != 0;
}

bool fence_all_threads()
{
  constexpr long fence = 1 << 3;   // MEMBARRIER_CMD_PRIVATE_EXPEDITED
  constexpr long prepare = 1 << 4; // and its registration, once in a process
  if (sees_no_fences || faults::refuses() || may_end_for_calls())
    return false;
  count_call();
  return call_system(SYS_membarrier, fence, 0, 0) == 0 ||
         (call_system(SYS_membarrier, prepare, 0, 0) == 0 && call_system(SYS_membarrier, fence, 0, 0) == 0);
}

void start()
{
  using namespace auxiliary;
  constexpr auto relaxed = std::memory_order_relaxed;
  // Acquire and release: pair with each other.
  if (is_known.load(std::memory_order_acquire))
    return;
  KeepErrno keep;
  page_bytes();
  is_secure.store(getauxval(AT_SECURE) != 0, relaxed);
  random.store(getauxval(AT_RANDOM), relaxed);
  image.store(getauxval(AT_SYSINFO_EHDR), relaxed);
  find_clock(image.load(relaxed));
  is_known.store(true, std::memory_order_release);
}
} // namespace sn::os
