// The time on Linux and Android, as the C library gets it: from a function of the kernel's own library.
#include "os/linux.h"

#include "os/posix.h"
#include "os/raw_call.h"
#include "os/vdso.h"

// As musl calls it on processors of 32 bits.
#if !defined(SYS_clock_gettime) && defined(SYS_clock_gettime32)
#  define SYS_clock_gettime SYS_clock_gettime32
#endif

namespace sn::os
{
namespace
{
using ClockFunction = int(clockid_t clock, KernelTime* now);

// Null: not looked for yet, or there is none.
Alone<std::atomic<ClockFunction*>> clock_function{nullptr};
} // namespace

void find_clock(uintptr_t image)
{
  auto* found = reinterpret_cast<ClockFunction*>(Vdso(image).find("__vdso_clock_gettime", "__kernel_clock_gettime"));
  clock_function.store(found, std::memory_order_relaxed); // which no other store precedes
}

uint64_t read_clock_ns(clockid_t clock)
{
  KernelTime now{};
  ClockFunction* function = clock_function.load(std::memory_order_relaxed);
  if (SN_UNLIKELY(function == nullptr || function(clock, &now) != 0))
    call_system(SYS_clock_gettime, clock, &now);
  return uint64_t(now.seconds) * 1'000'000'000 + uint64_t(now.nanoseconds);
}
} // namespace sn::os
