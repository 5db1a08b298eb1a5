// What the operators need of the program's C++ runtime, which may be none. Two files fill this contract.
#pragma once

#include "base/compiler.h"

namespace sn::cxx_runtime
{
using Handler = void();

// What makes room when memory is refused, or null.
Handler* new_handler();

// Where there is no runtime, ends the process instead.
[[noreturn]] SN_COLD void throw_bad_alloc();
} // namespace sn::cxx_runtime
