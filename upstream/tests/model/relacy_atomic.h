// Lets the core's headers use relacy's atomics in place of the standard ones: include the header between this file and
// an `#undef std`. Standard headers come first, so that only the core sees the change.
#pragma once

#include <atomic>
#include <stddef.h>
#include <stdint.h>

#include <relacy/relacy.hpp>

// Orders that a test weakens to show that it would be noticed.
#ifdef WEAK_INBOX
#  undef memory_order_seq_cst
#  define memory_order_seq_cst mo_relaxed, $
#endif

#define std rl
