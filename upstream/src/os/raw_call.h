// System calls by the processor's own instruction. A library that the program loads first may stand in front of any
// function of the C library, and allocate in it. So system calls while locks are held must not go that way.
//
// On Linux and Android. Any thread, with any lock held; errno stays as it was.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

// Sanitizers must see what becomes of memory: they stand in front of the C library's functions themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define SN_CALLS_C_LIBRARY
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#    define SN_CALLS_C_LIBRARY
#  endif
#endif

#include <errno.h>

namespace sn::os
{
// Makes a call of up to five arguments; a sixth is 0. Results from -4095 to -1 are errors.
#if defined(SN_CALLS_C_LIBRARY)
#elif defined(__x86_64__) && !defined(__ILP32__)
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long r10 __asm__("r10") = fourth;
  register long r8 __asm__("r8") = fifth;
  register long r9 __asm__("r9") = 0;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(first), "S"(second), "d"(third), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return number;
}
#elif defined(__i386__)
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  __asm__ volatile("pushl %%ebp\n\txorl %%ebp, %%ebp\n\tint $0x80\n\tpopl %%ebp"
                   : "+a"(number)
                   : "b"(first), "c"(second), "d"(third), "S"(fourth), "D"(fifth)
                   : "memory");
  return number;
}
#elif defined(__aarch64__)
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = first;
  register long x1 __asm__("x1") = second;
  register long x2 __asm__("x2") = third;
  register long x3 __asm__("x3") = fourth;
  register long x4 __asm__("x4") = fifth;
  register long x5 __asm__("x5") = 0;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}
#elif defined(__arm__) && defined(__ARM_EABI__)
// The number goes into r7, which may point to the frame.
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long r0 __asm__("r0") = first;
  register long r1 __asm__("r1") = second;
  register long r2 __asm__("r2") = third;
  register long r3 __asm__("r3") = fourth;
  register long r4 __asm__("r4") = fifth;
  register long r5 __asm__("r5") = 0;
  long saved;
  __asm__ volatile("mov %1, r7\n\tmov r7, %2\n\tsvc #0\n\tmov r7, %1"
                   : "+r"(r0), "=&r"(saved)
                   : "r"(number), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                   : "memory", "cc");
  return r0;
}
#elif defined(__riscv)
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = first;
  register long a1 __asm__("a1") = second;
  register long a2 __asm__("a2") = third;
  register long a3 __asm__("a3") = fourth;
  register long a4 __asm__("a4") = fifth;
  register long a5 __asm__("a5") = 0;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}
#elif defined(__powerpc64__)
// An error is positive, with a bit of the condition register.
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = first;
  register long r4 __asm__("r4") = second;
  register long r5 __asm__("r5") = third;
  register long r6 __asm__("r6") = fourth;
  register long r7 __asm__("r7") = fifth;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile("sc\n\tbns+ 0f\n\tneg 3, 3\n0:"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                   :
                   : "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
  return r3;
}
#elif defined(__s390x__)
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  register long r1 __asm__("r1") = number;
  register long r2 __asm__("r2") = first;
  register long r3 __asm__("r3") = second;
  register long r4 __asm__("r4") = third;
  register long r5 __asm__("r5") = fourth;
  register long r6 __asm__("r6") = fifth;
  register long r7 __asm__("r7") = 0;
  __asm__ volatile("svc 0" : "+r"(r2) : "r"(r1), "r"(r3), "r"(r4), "r"(r5), "r"(r6), "r"(r7) : "memory", "cc");
  return r2;
}
#else
#  define SN_CALLS_C_LIBRARY
#endif

#ifdef SN_CALLS_C_LIBRARY
inline long raw_call(long number, long first, long second, long third, long fourth, long fifth)
{
  int saved = errno;
  long result = syscall(number, first, second, third, fourth, fifth, 0L);
  if (result == -1)
    result = -errno;
  errno = saved;
  return result;
}
#endif

inline long as_word(const void* address)
{
  return long(address);
}
inline long as_word(long number)
{
  return number;
}

template<typename... Arguments>
long call_system(long number, Arguments... arguments)
{
  static_assert(sizeof...(arguments) <= 5, "a sixth one is 0");
  long words[5] = {as_word(arguments)...};
  return raw_call(number, words[0], words[1], words[2], words[3], words[4]);
}
} // namespace sn::os
