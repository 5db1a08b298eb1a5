// Compares memory at any address with a repeated word, by the processor's vectors and without a call. Only this file
// and compiler.h know the compiler and the processor.
//
// Any thread.
#pragma once

#include "base/compiler.h"

namespace sn
{
// Sixteen bytes at a time.
class Differences
{
#ifdef _MSC_VER
  uint64_t expected, found = 0;

public:
  SN_INLINE explicit Differences(uint64_t word) : expected(word) {}
  SN_INLINE void add(uintptr_t at)
  {
    auto* words = reinterpret_cast<const uint64_t __unaligned*>(at);
    found |= (words[0] ^ expected) | (words[1] ^ expected);
  }
  SN_INLINE bool any() const { return found != 0; }
#else
  typedef uint64_t Pair __attribute__((vector_size(16)));
  typedef Pair PairAnywhere __attribute__((aligned(1), may_alias));
  Pair expected, found = {0, 0};

public:
  SN_INLINE explicit Differences(uint64_t word) : expected{word, word} {}
  SN_INLINE void add(uintptr_t at) { found |= *reinterpret_cast<const PairAnywhere*>(at) ^ expected; }
  SN_INLINE bool any() const { return (found[0] | found[1]) != 0; }
#endif
};

// Thirty-two bytes at a time, and stores of as many. A function that uses these runs only where finds_wide_vectors() is
// true, and is SN_WIDE itself: the compiler takes vectors apart before it inlines.
#if defined(__x86_64__) && !defined(_MSC_VER)
#  define SN_WIDE __attribute__((target("avx2")))

inline bool finds_wide_vectors()
{
  uint32_t most = 0, a, b, c = 0, d;
  __asm__("cpuid" : "+a"(most), "=b"(b), "+c"(c), "=d"(d));
  if (most < 7)
    return false;
  a = 1, c = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  constexpr uint32_t system_saves_them = 1u << 27;
  if ((c & system_saves_them) == 0)
    return false;
  uint32_t saved;
  __asm__("xgetbv" : "=a"(saved), "=d"(d) : "c"(0));
  a = 7, c = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (saved & 6) == 6 && (b & 1u << 5) != 0;
}

class WideDifferences
{
  typedef uint64_t Four __attribute__((vector_size(32)));
  typedef Four FourAnywhere __attribute__((aligned(1), may_alias));
  Four expected, found;

public:
  SN_WIDE SN_INLINE explicit WideDifferences(uint64_t word) : expected{word, word, word, word}, found{0, 0, 0, 0} {}
  SN_WIDE SN_INLINE void add(uintptr_t at) { found |= *reinterpret_cast<const FourAnywhere*>(at) ^ expected; }
  SN_WIDE SN_INLINE bool any() const { return (found[0] | found[1] | found[2] | found[3]) != 0; }
  SN_WIDE SN_INLINE void store(uintptr_t at) const { *reinterpret_cast<FourAnywhere*>(at) = expected; }
};
#else
#  define SN_WIDE

inline bool finds_wide_vectors()
{
  return false;
}

class WideDifferences : public Differences
{
public:
  using Differences::Differences;
  SN_INLINE void store(uintptr_t) const {}
};
#endif
} // namespace sn
