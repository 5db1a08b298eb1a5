// Where the time comes from on Linux and Android.
#pragma once

#include <stdint.h>

namespace sn::os
{
// Finds the kernel's function in its library, which begins there; 0: there is none. Any thread.
void find_clock(uintptr_t image);
} // namespace sn::os
