// What the files for Linux and Android share: what the kernel told the process when it began, and the time.
#pragma once

#include "base/compiler.h"

#include <atomic>
#include <linux/types.h>
#include <stdint.h>

namespace sn::os
{
// start() asks for this once, for a library of others may stand in front of getauxval, too. Relaxed: written once, or
// by threads that write the same.
namespace auxiliary
{
inline std::atomic<bool> is_known{false};
inline std::atomic<bool> is_secure{true}; // the program runs with more rights than who started it
inline std::atomic<uintptr_t> random{0};  // where sixteen bytes lie that nobody can predict, or 0
inline std::atomic<uintptr_t> image{0};   // where the kernel's own library begins (os/vdso.h), or 0
} // namespace auxiliary

// As the kernel has it for calls without a 64 in their names, however wide the C library's time_t is.
struct KernelTime
{
  __kernel_long_t seconds;
  __kernel_long_t nanoseconds;
};

// Finds the kernel's clock function in its library, which begins at `image`; 0: there is none. Any thread.
void find_clock(uintptr_t image);

// Whether the program may be ended for a call that a filter of its system calls does not know.
SN_COLD bool may_end_for_calls();
} // namespace sn::os
