// Lets the core's headers use relacy's atomics in place of the standard ones: include the header between this file and
// an `#undef std`. Standard headers come first, so that only the core sees the change.
#pragma once

#include <atomic>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <relacy/relacy.hpp>

// Words of the language again, for the core.
#undef new
#undef delete

// A test names a function and an order, to show that it would be noticed if that one had no stronger one.
#ifdef WEAKENED
namespace rl
{
inline memory_order order_in(const char* function, memory_order order)
{
  return order != mo_relaxed && strcmp(function, WEAKENED) == 0 ? WEAKER : order;
}
} // namespace rl
#  undef memory_order_acquire
#  undef memory_order_release
#  undef memory_order_seq_cst
#  define memory_order_acquire order_in(__func__, rl::mo_acquire), $
#  define memory_order_release order_in(__func__, rl::mo_release), $
#  define memory_order_seq_cst order_in(__func__, rl::mo_seq_cst), $
#endif

#define std rl
