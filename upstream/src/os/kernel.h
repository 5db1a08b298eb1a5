// System calls of the Unix-like systems, for callers that may hold locks or be inside a bracket. They work as the
// functions of those names in the C library, and write errno, but on Linux they do not call the C library
// (os/raw_call.h).
#pragma once

#include "base/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#ifdef __linux__
#  include "os/raw_call.h"
#endif

namespace sn::os::kernel
{
struct FileName
{
  uint64_t device;
  uint64_t number;
};

#ifdef __linux__
inline long report(long result)
{
  if (result >= 0 || result < -4095)
    return result;
  errno = int(-result);
  return -1;
}

// Anonymous memory.
inline void* mmap(void* hint, size_t bytes, int protection, int flags)
{
#  if defined(__s390x__) // five arguments were too many once
  const long words[6] = {as_word(hint), as_word(bytes), protection, flags, -1, 0};
  return reinterpret_cast<void*>(report(call_system(SYS_mmap, words)));
#  elif defined(SYS_mmap2)
  return reinterpret_cast<void*>(report(call_system(SYS_mmap2, hint, bytes, protection, flags, -1)));
#  else
  return reinterpret_cast<void*>(report(call_system(SYS_mmap, hint, bytes, protection, flags, -1)));
#  endif
}

inline int munmap(void* start, size_t bytes)
{
  return int(report(call_system(SYS_munmap, start, bytes)));
}

inline void* mremap(void* from, size_t old_bytes, size_t new_bytes, int flags, void* to)
{
  return reinterpret_cast<void*>(report(call_system(SYS_mremap, from, old_bytes, new_bytes, flags, to)));
}

inline int madvise(void* start, size_t bytes, int advice)
{
  if (config::faults && faults::ignores_advice.load(std::memory_order_relaxed))
    return 0;
  return int(report(call_system(SYS_madvise, start, bytes, advice)));
}

inline int mprotect(void* start, size_t bytes, int protection)
{
  return int(report(call_system(SYS_mprotect, start, bytes, protection)));
}

inline ssize_t write(int file, const void* text, size_t bytes)
{
  return report(call_system(SYS_write, file, text, bytes));
}

inline ssize_t writev(int file, const iovec* pieces, int count)
{
  return report(call_system(SYS_writev, file, pieces, count));
}

// A second descriptor of a file, of that number at least, which programs that are executed do not get.
inline int duplicate(int file, int least)
{
#  ifdef SYS_fcntl
  return int(report(call_system(SYS_fcntl, file, F_DUPFD_CLOEXEC, least)));
#  else
  return int(report(call_system(SYS_fcntl64, file, F_DUPFD_CLOEXEC, least)));
#  endif
}

// Which file it is, as others know it, too. False: the kernel does not say; before 4.11 it cannot.
inline bool identify(int file, FileName& name)
{
  constexpr long empty_path = 0x1000; // AT_EMPTY_PATH
  constexpr long number = 0x100;      // STATX_INO
  uint64_t figures[32];               // struct statx; not all C libraries have it
#  ifdef SYS_statx
  if (call_system(SYS_statx, file, "", empty_path, number, figures) != 0)
    return false;
  name = {figures[17], figures[4]};
  return true;
#  else
  return false;
#  endif
}

inline int close(int file)
{
  return int(report(call_system(SYS_close, file)));
}

inline int getpid()
{
  return int(call_system(SYS_getpid));
}

// One signal, or those that a thread blocks or that wait for it.
struct Signals
{
  static constexpr long bytes = _NSIG / 8; // what the kernel takes
  static constexpr unsigned word_bits = 8 * sizeof(long);
  unsigned long words[16 / sizeof(long)];

  static Signals only(unsigned signal)
  {
    Signals set{};
    set.words[(signal - 1) / word_bits] = 1ul << ((signal - 1) % word_bits);
    return set;
  }
  bool has(unsigned signal) const { return (words[(signal - 1) / word_bits] >> ((signal - 1) % word_bits) & 1) != 0; }
};

// Blocks them in the calling thread, and returns what was blocked before.
inline Signals block(const Signals& signals)
{
  Signals before{};
  call_system(SYS_rt_sigprocmask, SIG_BLOCK, &signals, &before, Signals::bytes);
  return before;
}

inline void restore(const Signals& before)
{
  call_system(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, Signals::bytes);
}

inline Signals pending()
{
  Signals signals{};
  call_system(SYS_rt_sigpending, &signals, Signals::bytes);
  return signals;
}

// Takes one of these signals, which is blocked, if it waits.
inline void take(const Signals& signals)
{
  const uint64_t no_time[2] = {}; // in each layout
#  ifdef SYS_rt_sigtimedwait
  call_system(SYS_rt_sigtimedwait, &signals, nullptr, no_time, Signals::bytes);
#  else
  call_system(SYS_rt_sigtimedwait_time64, &signals, nullptr, no_time, Signals::bytes);
#  endif
}
#else
inline void* mmap(void* hint, size_t bytes, int protection, int flags)
{
  return ::mmap(hint, bytes, protection, flags, -1, 0);
}

inline int duplicate(int file, int least)
{
  return fcntl(file, F_DUPFD_CLOEXEC, least);
}

inline bool identify(int file, FileName& name)
{
  struct stat figures;
  if (fstat(file, &figures) != 0)
    return false;
  name = {uint64_t(figures.st_dev), uint64_t(figures.st_ino)};
  return true;
}

struct Signals
{
  sigset_t set;

  static Signals only(int signal)
  {
    Signals signals;
    sigemptyset(&signals.set);
    sigaddset(&signals.set, signal);
    return signals;
  }
  bool has(int signal) const { return sigismember(&set, signal) == 1; }
};

inline Signals block(const Signals& signals)
{
  Signals before = signals;
  pthread_sigmask(SIG_BLOCK, &signals.set, &before.set);
  return before;
}

inline void restore(const Signals& before)
{
  pthread_sigmask(SIG_SETMASK, &before.set, nullptr);
}

inline Signals pending()
{
  Signals signals;
  sigemptyset(&signals.set);
  sigpending(&signals.set);
  return signals;
}

inline void take(const Signals& signals)
{
  int number;
  sigwait(&signals.set, &number);
}

using ::close;
using ::getpid;
using ::mprotect;
using ::munmap;
using ::write;
using ::writev;
#endif
} // namespace sn::os::kernel
