// The words of a magazine, in place of src/base/racing.h: what the owner does with plain loads and stores is relaxed,
// so that the model sees in any order what only program order and fences keep apart.
#pragma once

#include <atomic>
#include <stddef.h>

namespace sn::racing
{
using Cell = std::atomic<void*>;
using Top = std::atomic<Cell*>;

inline Cell* read(const Top& top)
{
  return top.load(std::memory_order_relaxed);
}

inline void* read(const Cell& cell)
{
  return cell.load(std::memory_order_relaxed);
}

inline void* exchange(Cell& cell, void* object)
{
  return cell.exchange(object, std::memory_order_seq_cst);
}

inline void fill(Cell& cell, void* object)
{
#if defined(WEAK_UNDO)
  (void)cell, (void)object;
#elif defined(WEAK_FILL)
  cell.store(object, std::memory_order_relaxed);
#else
  void* null = nullptr;
  cell.compare_exchange_strong(null, object, std::memory_order_seq_cst);
#endif
}
} // namespace sn::racing
