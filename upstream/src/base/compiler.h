// The one place that knows which compiler, language version and processor this is.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#  define SN_INLINE inline __attribute__((always_inline))
#  define SN_COLD __attribute__((noinline, cold))
#  define SN_LIKELY(condition) __builtin_expect(!!(condition), 1)
#  define SN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#  define SN_PREFETCH(address) __builtin_prefetch(address)
#  define SN_EXPORT __attribute__((visibility("default"))) // from a library that hides all else
// `__thread`, unlike `thread_local`, never hides a call that initialises it. The model is the builder's choice.
#  define SN_THREAD_LOCAL __thread
#else
#  define SN_INLINE __forceinline
#  define SN_COLD __declspec(noinline)
#  define SN_LIKELY(condition) (condition)
#  define SN_UNLIKELY(condition) (condition)
#  define SN_PREFETCH(address) ((void)(address))
#  define SN_EXPORT __declspec(dllexport)
#  define SN_THREAD_LOCAL thread_local
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

// Tells the processor that this thread waits for another.
inline void relax_cpu()
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
  __asm__ volatile("yield" ::: "memory");
#endif
}
} // namespace sn
