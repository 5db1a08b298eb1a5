// The one place that knows which compiler, language version and processor this is.
#pragma once

// Checks in the headers of the C++ library, which packagers turn on for all programs. They call its code, and the core
// does not link that.
#undef _GLIBCXX_ASSERTIONS
#undef _GLIBCXX_DEBUG
#undef _GLIBCXX_DEBUG_PEDANTIC
#undef _LIBCPP_ENABLE_ASSERTIONS
#undef _LIBCPP_HARDENING_MODE // not every libc++ has a default for it
#define _LIBCPP_HARDENING_MODE _LIBCPP_HARDENING_MODE_NONE

#include <stddef.h>
#include <stdint.h>

// A program may have the allocator twice, with an operating system and without.
#ifdef SN_NONE
#  define sn sn_region
#  define sn_page_map_root sn_region_page_map_root
#  define sn_my_magazines sn_region_my_magazines
#endif

#ifdef _MSC_VER
#  include <intrin.h>
#  define SN_INLINE __forceinline
#  define SN_COLD __declspec(noinline)
#  define SN_NOINLINE __declspec(noinline)
#  define SN_LIKELY(condition) (condition)
#  define SN_UNLIKELY(condition) (condition)
#  define SN_PREFETCH(address) ((void)(address))
#  define SN_UNSYNCHRONISED
#  define SN_EXPORT __declspec(dllexport)
#  define SN_TRAP() __debugbreak()
#else
#  define SN_INLINE inline __attribute__((always_inline))
#  define SN_COLD __attribute__((noinline, cold))
#  define SN_NOINLINE __attribute__((noinline)) // by a caller that is to need no stack frame
#  define SN_LIKELY(condition) __builtin_expect(!!(condition), 1)
#  define SN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#  define SN_PREFETCH(address) __builtin_prefetch(address)
#  define SN_TRAP() __builtin_trap()
#  define SN_WEAK __attribute__((weak)) // gives way to another definition
#  define SN_WEAK_NAME_OF(name) __attribute__((weak, alias(name)))
#  define SN_UNSYNCHRONISED __attribute__((no_sanitize("thread"))) // reads what others write meanwhile
#  define SN_EXPORT __attribute__((visibility("default")))         // from a library that hides all else
#  define SN_SHARED_NAME_OF(name) __attribute__((visibility("protected"), alias(name)))
#endif

// How a word of thread-local storage is declared, and used without a call.
#if defined(_MSC_VER)
#  define SN_THREAD_LOCAL __declspec(thread)
#  define SN_OF_THIS_THREAD(variable) (variable)
#elif !defined(_WIN32)
// `__thread`, unlike `thread_local`, never hides a call that initialises it. The model is the builder's choice.
#  define SN_THREAD_LOCAL __thread
#  define SN_OF_THIS_THREAD(variable) (variable)
#else
// gcc emulates such variables here by a call that allocates. GNU ld spoils the code of other compilers in a library
// that is not loaded at the address that it was linked for. So this does by hand what the system defines: each thread
// has a copy of what lies between the sections .tls and .tls$ZZZ.
#  define SN_THREAD_LOCAL __attribute__((section(".tls$")))
#  define SN_OF_THIS_THREAD(variable) \
    (*reinterpret_cast<decltype(&(variable))>( \
      sn::thread_local_copy() + (reinterpret_cast<char*>(&(variable)) - reinterpret_cast<char*>(&_tls_start))))

extern "C" uint32_t _tls_index; // both by the C runtime
extern "C" char* _tls_start;

namespace sn
{
SN_INLINE char* thread_local_copy()
{
  char** copies;
#  if defined(__x86_64__)
  __asm__("movq %%gs:0x58, %0" : "=r"(copies));
#  elif defined(__i386__)
  __asm__("movl %%fs:0x2c, %0" : "=r"(copies));
#  elif defined(__aarch64__)
  __asm__("ldr %0, [x18, #0x58]" : "=r"(copies));
#  endif
  return copies[_tls_index];
}
} // namespace sn
#endif

#if __cplusplus >= 202002L
#  define SN_CONSTINIT constinit
#else
#  define SN_CONSTINIT
#endif

namespace sn
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
constexpr bool is_little_endian = false;
#else
constexpr bool is_little_endian = true;
#endif

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

// Stores the product, without what does not fit, and returns whether it does not fit.
SN_INLINE bool multiply_overflows(size_t left, size_t right, size_t* product)
{
#ifdef _MSC_VER
  *product = left * right;
  return left != 0 && *product / left != right;
#else
  return __builtin_mul_overflow(left, right, product);
#endif
}

// Copies a word at any address, without a call.
SN_INLINE void copy_word(void* to, const void* from)
{
#ifdef _MSC_VER
  *static_cast<uint64_t __unaligned*>(to) = *static_cast<const uint64_t __unaligned*>(from);
#else
  __builtin_memcpy(to, from, sizeof(uint64_t));
#endif
}

// Stores a word `count` times, without a call. For counts that are large enough for the processor's own loop to pay.
inline void store_long(uintptr_t at, size_t count, uint64_t word)
{
#if defined(__x86_64__) && !defined(_MSC_VER)
  __asm__ volatile("rep stosq" : "+D"(at), "+c"(count) : "a"(word) : "memory");
#else
  for (; count > 0; count--, at += sizeof(word))
    copy_word(reinterpret_cast<void*>(at), &word);
#endif
}

// Exchanges a plain word of memory that another thread may use by plain loads and stores at this moment. In one total
// order with all else that is.
SN_INLINE void* exchange_word(void** word, void* value)
{
#ifdef _MSC_VER
  return _InterlockedExchangePointer(word, value);
#else
  return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
#endif
}

// The same only where the word is null.
SN_INLINE void fill_word(void** word, void* value)
{
#ifdef _MSC_VER
  _InterlockedCompareExchangePointer(word, value, nullptr);
#else
  void* null = nullptr;
  __atomic_compare_exchange_n(word, &null, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
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
