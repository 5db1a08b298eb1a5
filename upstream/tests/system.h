// What tests ask of the operating system, each for Unix and for Windows. Include after snmalloc.cc.
#pragma once

#include "expect.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef _WIN32
#  include <process.h>
#  include <windows.h>
#else
#  include <pthread.h>
#  include <string.h>
#  include <string>
#  include <sys/mman.h>
#  include <sys/wait.h>
#  include <unistd.h>
#  include <vector>
#endif

// Whether the allocator can move pages on this system.
#ifdef __linux__
constexpr bool moves_pages = true;
#else
constexpr bool moves_pages = false;
#endif

// One function of the program may run when threads end, after the allocator's own hook ran.
inline void (*late_function)(void*);

#ifdef _WIN32

inline DWORD late_slot;

// The loader calls in the order of the names of sections: the allocator's is .CRT$XLY.
inline void NTAPI on_late_event(void*, DWORD event, void*)
{
  if (event != DLL_THREAD_DETACH || late_function == nullptr)
    return;
  if (void* argument = TlsGetValue(late_slot))
    late_function(argument);
}
extern "C" __attribute__((section(".CRT$XLYY"), used)) const PIMAGE_TLS_CALLBACK late_callback = on_late_event;

inline void set_late_function(void (*function)(void*))
{
  EXPECT((late_slot = TlsAlloc()) != TLS_OUT_OF_INDEXES);
  late_function = function;
}

// Has the function run when the calling thread ends. `argument` is not null.
inline void call_late(void* argument)
{
  EXPECT(TlsSetValue(late_slot, argument));
}

// Bytes of memory of the allocator's that count as this process's.
inline size_t resident_bytes(uintptr_t start, size_t bytes)
{
  size_t committed = 0;
  for (uintptr_t at = start; at < start + bytes;)
  {
    MEMORY_BASIC_INFORMATION region;
    EXPECT(VirtualQuery(reinterpret_cast<void*>(at), &region, sizeof(region)) != 0);
    uintptr_t end = uintptr_t(region.BaseAddress) + region.RegionSize;
    if (end > start + bytes)
      end = start + bytes;
    if (region.State == MEM_COMMIT)
      committed += end - at;
    at = end;
  }
  return committed;
}

// Runs a program with two arguments and returns its exit code, or -1 if it did not end by itself.
inline int run(const char* program, const char* first, const char* second)
{
  auto code = _spawnl(_P_WAIT, program, program, first, second, nullptr);
  return code == 0 || code == 1 ? int(code) : -1;
}

// Becomes a program with one argument and with these variables alone, or runs it so; returns its exit code.
inline int run_with(const char* program, const char* argument, const char* const* variables)
{
  return int(_spawnle(_P_WAIT, program, program, argument, nullptr, variables));
}

// Has the C library know of no variables. False: it is not what the allocator asks.
inline bool forget_environment()
{
  return false;
}

// Runs `body` in a child of fork, where there is such a thing.
template<typename Body>
void in_fork(Body)
{}

#else

inline pthread_key_t late_key;

// A destructor that asks to be called again runs after those of other keys.
inline void run_late(void* argument)
{
  if (sn::own_heap() == nullptr || pthread_setspecific(late_key, argument) != 0)
    late_function(argument);
}

inline void set_late_function(void (*function)(void*))
{
  late_function = function;
  EXPECT(pthread_key_create(&late_key, run_late) == 0);
}

inline void call_late(void* argument)
{
  EXPECT(pthread_setspecific(late_key, argument) == 0);
}

inline size_t resident_bytes(uintptr_t start, size_t bytes)
{
  std::vector<unsigned char> resident(bytes / 4096);
  EXPECT(mincore(reinterpret_cast<void*>(start), bytes, resident.data()) == 0);
  size_t pages = 0;
  for (unsigned char page : resident)
    pages += page & 1;
  return pages * 4096;
}

inline int wait_for_child(pid_t child)
{
  int status;
  EXPECT(child >= 0 && waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Becomes a program. What runs those of another processor stands in SN_RUNNER, its words apart by spaces: the system
// would not find it.
inline void become(std::vector<const char*> words, const char* const* variables)
{
  const char* set = getenv("SN_RUNNER");
  std::string runner = set != nullptr ? set : "";
  auto at = words.begin();
  for (char* word = strtok(&runner[0], " "); word != nullptr; word = strtok(nullptr, " "))
    at = words.insert(at, word) + 1;
  words.push_back(nullptr);
  execve(words[0], const_cast<char**>(words.data()), const_cast<char**>(variables));
}

inline int run(const char* program, const char* first, const char* second)
{
  pid_t child = fork();
  if (child == 0)
  {
    alarm(60);
    become({program, first, second}, environ);
    _exit(127);
  }
  int code = wait_for_child(child);
  EXPECT(code != 127);
  return code;
}

inline int run_with(const char* program, const char* argument, const char* const* variables)
{
  become({program, argument}, variables);
  return -1;
}

inline bool forget_environment()
{
  environ = nullptr;
  return true;
}

template<typename Body>
void in_fork(Body body)
{
  pid_t child = fork();
  if (child == 0)
  {
    body();
    _exit(0);
  }
  EXPECT_EQUAL(wait_for_child(child), 0);
}

#endif
