// Plain words that the fast paths of one thread use while another thread looks at them, or changes one. What the fast
// paths do there are plain loads and stores of a word, which every processor does at once.
#pragma once

#include "base/compiler.h"

namespace sn::racing
{
using Cell = void*;
using Top = Cell*;

SN_UNSYNCHRONISED inline Cell* read(const Top& top)
{
  return *const_cast<const volatile Top*>(&top);
}

SN_UNSYNCHRONISED inline void* read(const Cell& cell)
{
  return *const_cast<const volatile Cell*>(&cell);
}

inline void* exchange(Cell& cell, void* object)
{
  return exchange_word(&cell, object);
}

inline void fill(Cell& cell, void* object)
{
  fill_word(&cell, object);
}
} // namespace sn::racing
