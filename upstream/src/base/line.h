// Cache lines. While one processor writes to a line, all others wait for it, whatever they want there. So what all
// threads read in their slow paths, or write, has lines of its own, wherever compiler and linker put it.
//
// What is read and written with one lock held needs none: its reader has just waited for the lock.
#pragma once

#include "base/config.h"

namespace sn
{
constexpr size_t line_bytes = 64;

// A variable that nothing else lies beside.
template<typename Type>
struct alignas(line_bytes) Alone : Type
{
  using Type::Type;
};
} // namespace sn
