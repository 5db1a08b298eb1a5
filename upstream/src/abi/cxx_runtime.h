// What the operators need of the program's C++ runtime, if it has one. Two files fill this contract.
#pragma once

#include "base/compiler.h"

namespace sn::cxx_runtime
{
using Handler = void();

// The new-handler, or null.
Handler* new_handler();

// Ends the process where there is no runtime.
[[noreturn]] SN_COLD void throw_bad_alloc();
} // namespace sn::cxx_runtime
