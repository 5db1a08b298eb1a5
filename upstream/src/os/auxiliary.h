// What the kernel told the process when it began: asked for once, by start(), for a library of others may stand in
// front of getauxval, too.
//
// On Linux and Android. Relaxed: written once, or by threads that write the same.
#pragma once

#include <atomic>
#include <stdint.h>

namespace sn::os::auxiliary
{
inline std::atomic<bool> is_known{false};
inline std::atomic<bool> is_secure{true}; // the program runs with more rights than who started it
inline std::atomic<uintptr_t> random{0};  // where sixteen bytes lie that nobody can predict, or 0
} // namespace sn::os::auxiliary
