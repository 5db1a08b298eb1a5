// The time as Linux and Android have it.
#pragma once

#include <linux/types.h>
#include <stdint.h>

namespace sn::os
{
// As the kernel has it for calls without a 64 in their names, however wide the C library's time_t is.
struct KernelTime
{
  __kernel_long_t seconds;
  __kernel_long_t nanoseconds;
};

// Finds the kernel's function in its library, which begins there; 0: there is none. Any thread.
void find_clock(uintptr_t image);
} // namespace sn::os
