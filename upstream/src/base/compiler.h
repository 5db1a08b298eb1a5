// The one place that knows which compiler, language version and processor this is.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef _MSC_VER
#  include <intrin.h>
#  define SN_INLINE __forceinline
#  define SN_COLD __declspec(noinline)
#  define SN_LIKELY(condition) (condition)
#  define SN_UNLIKELY(condition) (condition)
#  define SN_PREFETCH(address) ((void)(address))
#  define SN_EXPORT __declspec(dllexport)
#else
#  define SN_INLINE inline __attribute__((always_inline))
#  define SN_COLD __attribute__((noinline, cold))
#  define SN_LIKELY(condition) __builtin_expect(!!(condition), 1)
#  define SN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#  define SN_PREFETCH(address) __builtin_prefetch(address)
#  define SN_EXPORT __attribute__((visibility("default"))) // from a library that hides all else
#endif

// One word of static TLS, reached without a call: its declaration, and its use.
#if defined(_MSC_VER)
#  define SN_THREAD_LOCAL __declspec(thread)
#  define SN_OF_THIS_THREAD(variable) (variable)
#elif !defined(_WIN32)
// A library that is loaded late finds room for it in the reserve that every C library keeps.
// `__thread`, unlike `thread_local`, never hides a call that initialises it.
#  define SN_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))
#  define SN_OF_THIS_THREAD(variable) (variable)
#elif defined(__clang__) || !(defined(__x86_64__) || defined(__i386__))
#  define SN_THREAD_LOCAL __thread
#  define SN_OF_THIS_THREAD(variable) (variable)
#else
// gcc emulates such variables here, by a call that allocates. The system has real ones: what lies in the section .tls$
// is copied for each thread; this is how other compilers find it.
#  define SN_THREAD_LOCAL __attribute__((section(".tls$")))
#  ifdef __x86_64__
#    define SN_FIND_LOCAL(name) \
      "movl _tls_index(%%rip), %k0\n\tmovq %%gs:0x58, %1\n\tmovq (%1,%0,8), %0\n\tleaq " #name "@SECREL32(%0), %0"
#  else
#    define SN_FIND_LOCAL(name) \
      "movl __tls_index, %0\n\tmovl %%fs:0x2c, %1\n\tmovl (%1,%0,4), %0\n\tleal _" #name "@SECREL32(%0), %0"
#  endif
#  define SN_OF_THIS_THREAD(variable) \
    (*__extension__({ \
      decltype(&variable) address, block; \
      __asm__(SN_FIND_LOCAL(variable) : "=&r"(address), "=&r"(block)); \
      address; \
    }))
#endif

#if __cplusplus >= 202002L
#  define SN_CONSTINIT constinit
#else
#  define SN_CONSTINIT
#endif

namespace sn
{
// The number of the lowest or the highest bit that is 1. `word` is not 0.
#if defined(_MSC_VER) && defined(_WIN64)
SN_INLINE unsigned scan_forward(uint64_t word)
{
  unsigned long number;
  _BitScanForward64(&number, word);
  return unsigned(number);
}

SN_INLINE unsigned scan_reverse(uint64_t word)
{
  unsigned long number;
  _BitScanReverse64(&number, word);
  return unsigned(number);
}
#elif defined(_MSC_VER)
SN_INLINE unsigned scan_forward(uint64_t word)
{
  unsigned long number;
  if (_BitScanForward(&number, uint32_t(word)))
    return unsigned(number);
  _BitScanForward(&number, uint32_t(word >> 32));
  return unsigned(number) + 32;
}

SN_INLINE unsigned scan_reverse(uint64_t word)
{
  unsigned long number;
  if (_BitScanReverse(&number, uint32_t(word >> 32)))
    return unsigned(number) + 32;
  _BitScanReverse(&number, uint32_t(word));
  return unsigned(number);
}
#else
SN_INLINE unsigned scan_forward(uint64_t word)
{
  return unsigned(__builtin_ctzll(word));
}

SN_INLINE unsigned scan_reverse(uint64_t word)
{
  return 63 - unsigned(__builtin_clzll(word));
}
#endif

// Stores the product, as far as it fits, and returns whether it does not.
SN_INLINE bool multiply_overflows(size_t left, size_t right, size_t* product)
{
#ifdef _MSC_VER
  *product = left * right;
  return left != 0 && *product / left != right;
#else
  return __builtin_mul_overflow(left, right, product);
#endif
}

// Tells the processor that this thread waits for another.
inline void relax_cpu()
{
#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
  _mm_pause();
#elif defined(_MSC_VER)
  __yield();
#elif defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
  __asm__ volatile("yield" ::: "memory");
#endif
}
} // namespace sn
