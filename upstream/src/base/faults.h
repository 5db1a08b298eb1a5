// Fault injection for tests: every request to the system first asks here whether to refuse it. In other builds
// refuses() is the constant false and costs nothing.
//
// Written by one test thread before the others start; read by any thread.
#pragma once

#include "base/config.h"

#include <atomic>

namespace sn::faults
{
// Counts requests down; the one that reaches 0 is refused, and with `stays` all after it. Negative: none.
inline std::atomic<long> countdown{-1};
inline std::atomic<bool> stays{false};

// The page size that tests pretend, in bytes, or 0 for the system's own.
inline std::atomic<size_t> pretended_page_bytes{0};

// Says which node of memory the calling thread pretends to run on; null: none pretends.
inline std::atomic<unsigned (*)()> pretended_node{nullptr};

// Advice about memory succeeds and does nothing, as under some versions of user-mode QEMU.
inline std::atomic<bool> ignores_advice{false};

SN_INLINE bool refuses()
{
  if constexpr (config::faults)
  {
    if (countdown.load(std::memory_order_relaxed) < 0)
      return false;
    long left = countdown.fetch_sub(1, std::memory_order_relaxed);
    if (left == 0 && stays.load(std::memory_order_relaxed))
      countdown.store(0, std::memory_order_relaxed);
    return left == 0;
  }
  return false;
}
} // namespace sn::faults
