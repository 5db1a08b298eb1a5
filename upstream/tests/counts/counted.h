// The whole core, with every atomic operation, lock and system call of it counted. Its atomics are replaced by some
// that count, so none can be forgotten, and the library that users get has nothing of this.
//
// What is counted is what takes other cores' time, or could:
//
//   acquisitions   of locks, by lock. Not: taking a lock again that the thread holds
//   shared         read-modify-writes that took effect, of a line of memory that more than one thread wrote meanwhile:
//                  with a core for each thread, the line may have to come from another core each time
//   own            all other read-modify-writes and full fences of the processor: they cost time, but nobody else's
//   calls          of the system; of these fences of all threads; sleeping and waking; calls that change mappings,
//   which
//                  interrupt the cores of all threads of the process; and calls by who holds a lock
//
// Which thread comes first may change how often an attempt fails: failed ones are not counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <errno.h>
#include <initializer_list>
#include <new>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#ifdef SN_INSTRUCTIONS
#  include <valgrind/callgrind.h>
#endif

namespace counted
{
// Under callgrind only the instructions between taking a lock and its release are collected, and nothing is counted.
#ifdef SN_INSTRUCTIONS
constexpr bool counts = false;
inline bool collects_all = false;
inline void toggle()
{
  if (!collects_all)
    CALLGRIND_TOGGLE_COLLECT;
}
inline void choose_instructions(bool all)
{
  collects_all = all;
}
inline void begin_instructions()
{
  CALLGRIND_ZERO_STATS;
}
inline void end_instructions(const char* label, size_t operations)
{
  char text[128];
  snprintf(text, sizeof(text), "%s %zu", label, operations);
  CALLGRIND_DUMP_STATS_AT(text);
}
#else
constexpr bool counts = true;
inline void toggle() {}
inline void choose_instructions(bool) {}
inline void begin_instructions() {}
inline void end_instructions(const char*, size_t) {}
#endif

using Number = ::std::atomic<uint64_t>;

// A line of memory with atomics, or a lock by the address of its word.
struct Line
{
  ::std::atomic<uintptr_t> address;
  ::std::atomic<uint32_t> writer; // the number of the first thread that wrote it; 0: none yet
  ::std::atomic<bool> is_shared;  // another one did, too
  Number changes;                 // read-modify-writes
};

// A line stands in the first place behind that of its address that was free.
template<size_t places>
class Table
{
public:
  Line& at(uintptr_t address)
  {
    const size_t place = size_t((address >> 3) * 0x9e3779b97f4a7c15 >> 40);
    for (size_t step = 0; step < places; step++)
    {
      Line& line = lines[(place + step) % places];
      uintptr_t found = 0;
      if (line.address.load() == address || line.address.compare_exchange_strong(found, address) || found == address)
        return line;
    }
    fprintf(stderr, "counts: there is no room for so many lines\n");
    abort();
  }

  Line* begin() { return lines; }
  Line* end() { return lines + places; }

private:
  Line lines[places];
};

inline Table<1 << 16> lines;
inline Table<1 << 12> locks;
inline Number processor_fences;
inline Number calls;
inline Number fence_calls;
inline Number sleep_calls;
inline Number mapping_calls;
inline Number held_calls;

inline ::std::atomic<uint32_t> thread_count{0};
inline thread_local uint32_t my_number = 0;
inline thread_local int held_locks = 0;

inline Line& write(const void* word)
{
  if (my_number == 0)
    my_number = ++thread_count;
  Line& line = lines.at(uintptr_t(word) & ~uintptr_t(63));
  uint32_t writer = 0;
  if (!line.writer.compare_exchange_strong(writer, my_number) && writer != my_number)
    line.is_shared = true;
  return line;
}

inline void note_write(const void* word)
{
  if constexpr (counts)
    write(word);
}

inline void note_change(const void* word)
{
  if constexpr (counts)
    write(word).changes++;
}

inline void note_fence(::std::memory_order order)
{
  if (counts && order == ::std::memory_order_seq_cst)
    processor_fences++;
}

// Locks are known by the functions of theirs that change the word.
inline void note_lock(const void* word, const char* function)
{
  if (__builtin_strcmp(function, "try_take") != 0)
    return;
  if constexpr (counts)
    locks.at(uintptr_t(word)).changes++;
  if (held_locks++ == 0)
    toggle();
}

inline void note_unlock(const char* function)
{
  if (__builtin_strcmp(function, "unlock") == 0 && --held_locks == 0)
    toggle();
}

inline void note_call(long number, long third)
{
  if constexpr (!counts)
    return;
  bool is_purge = number == SYS_madvise && third == MADV_DONTNEED;
  calls++;
  fence_calls += number == SYS_membarrier;
  sleep_calls += number == SYS_futex;
  mapping_calls += is_purge || number == SYS_munmap || number == SYS_mremap || number == SYS_mprotect;
  held_calls += held_locks != 0;
}

// Begins anew. No other thread is in the allocator, here and in what follows.
inline void begin()
{
  for (Number* number : {&processor_fences, &calls, &fence_calls, &sleep_calls, &mapping_calls, &held_calls})
    *number = 0;
  for (Line& line : lines)
  {
    line.writer = 0;
    line.is_shared = false;
    line.changes = 0;
  }
  for (Line& line : locks)
    line.changes = 0;
  begin_instructions();
}

// For callgrind: what was done since begin().
inline void end(const char* label, size_t operations)
{
  end_instructions(label, operations);
}

struct Counts
{
  uint64_t shared, own, calls, fences, sleeps, mappings, held;
};

// Since begin().
inline Counts read()
{
  Counts sum{0, processor_fences, calls, fence_calls, sleep_calls, mapping_calls, held_calls};
  for (Line& line : lines)
    (line.is_shared ? sum.shared : sum.own) += line.changes;
  return sum;
}

inline uint64_t acquisitions_of(const void* lock)
{
  return locks.at(uintptr_t(lock)).changes;
}

inline uint64_t all_acquisitions()
{
  uint64_t sum = 0;
  for (Line& line : locks)
    sum += line.changes;
  return sum;
}

// What the core takes for std::atomic. The last argument of each function is the name of the one that calls it.
template<typename Value>
class atomic
{
  using Order = ::std::memory_order;

public:
  atomic() = default;
  constexpr atomic(Value initial) : word(initial) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  operator Value() const { return load(); }
  Value operator=(Value value)
  {
    store(value);
    return value;
  }

  Value load(Order order = ::std::memory_order_seq_cst) const { return word.load(order); }

  // One that is in a total order with others is an exchange.
  void store(Value value, Order order = ::std::memory_order_seq_cst)
  {
    if (order == ::std::memory_order_seq_cst)
      note_change(this);
    else
      note_write(this);
    word.store(value, order);
  }

  Value exchange(Value value, Order order, const char* function = __builtin_FUNCTION())
  {
    note_change(this);
    note_unlock(function);
    return word.exchange(value, order);
  }

  bool compare_exchange_strong(Value& expected, Value value, Order order, const char* function = __builtin_FUNCTION())
  {
    return took_effect(word.compare_exchange_strong(expected, value, order), function);
  }
  bool compare_exchange_strong(
    Value& expected, Value value, Order success, Order failure, const char* function = __builtin_FUNCTION())
  {
    return took_effect(word.compare_exchange_strong(expected, value, success, failure), function);
  }
  bool compare_exchange_weak(Value& expected, Value value, Order order)
  {
    return took_effect(word.compare_exchange_weak(expected, value, order), "");
  }
  bool compare_exchange_weak(Value& expected, Value value, Order success, Order failure)
  {
    return took_effect(word.compare_exchange_weak(expected, value, success, failure), "");
  }

  Value fetch_add(Value value, Order order)
  {
    note_change(this);
    return word.fetch_add(value, order);
  }
  Value fetch_sub(Value value, Order order)
  {
    note_change(this);
    return word.fetch_sub(value, order);
  }

private:
  bool took_effect(bool has, const char* function)
  {
    if (has)
    {
      note_change(this);
      note_lock(this, function);
    }
    return has;
  }

  ::std::atomic<Value> word;
};

inline void atomic_thread_fence(::std::memory_order order)
{
  note_fence(order);
  ::std::atomic_thread_fence(order);
}

// All else that the core calls `std`.
using namespace ::std;
} // namespace counted

// Words that are no atomics.
#include "base/compiler.h"
#define exchange_word(word, value) (::counted::note_change(word), ::sn::exchange_word(word, value))
#define fill_word(word, value) (::counted::note_change(word), ::sn::fill_word(word, value))

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <linux/types.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <time.h>

#define std counted
#include "snmalloc.cc"
#undef std
