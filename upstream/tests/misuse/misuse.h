// What a program of misuse stands on. runner.cc runs it, by the first lines of its source:
//
//   // snmalloc: double free of {object}: ...    what must end it: this line and an abort,
//   // SIGSEGV at {guard}                        or a fault, at that place or at any,
//   // SIGABRT                                   or an abort, and nothing to read,
//   // exit 0                                    or nothing: such a program looks for itself
//   // with: 1 100:8                             what it is run with, each in turn: number(0), number(1)
//
// A name in braces stands for the value that the program showed before. Every program is run with the misuse and, as a
// control, without it; then it must end well. One that looks for itself is run once.
#pragma once

#include "../expect.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

// The program. What comes after the misuse is not to be reached, nor its end.
void run();

inline bool is_misused = false;
inline const char* argument = "";

// Asked right before each misuse.
inline bool misuse()
{
  return is_misused;
}

// No stream: nothing is left in a buffer when the process ends, and nothing allocates.
inline void print(const char* line)
{
  EXPECT(write(STDOUT_FILENO, line, strlen(line)) == ssize_t(strlen(line)));
}

inline void show(const char* name, const volatile void* value)
{
  char line[100];
  snprintf(line, sizeof(line), "%s 0x%zx\n", name, size_t(uintptr_t(value)));
  print(line);
}

inline void show(const char* name, size_t value)
{
  char line[100];
  snprintf(line, sizeof(line), "%s %zu\n", name, value);
  print(line);
}

// The words of the argument, parted by colons.
inline const char* word(int index)
{
  const char* start = argument;
  for (; index > 0; index--)
  {
    start = strchr(start, ':');
    EXPECT(start != nullptr);
    start++;
  }
  return start;
}

inline size_t number(int index)
{
  return strtoull(word(index), nullptr, 0);
}

// Of the compiler nobody knows what it makes of a write that is misuse.
inline void poke(char* address, char value = 'A')
{
  *static_cast<volatile char*>(address) = value;
}

inline char peek(const char* address)
{
  return *static_cast<const volatile char*>(address);
}

struct Neighbours
{
  char* left;
  char* right;
};

// Many live objects, in the order of their addresses.
template<typename Allocate>
std::vector<char*> make_sorted(size_t count, Allocate allocate)
{
  std::vector<char*> objects;
  for (size_t object = 0; object < count; object++)
    objects.push_back(static_cast<char*>(allocate()));
  std::sort(objects.begin(), objects.end());
  return objects;
}

// Two of them that lie side by side: no two are nearer.
inline Neighbours find_neighbours(const std::vector<char*>& sorted)
{
  Neighbours nearest{sorted[0], sorted[1]};
  for (size_t index = 1; index < sorted.size(); index++)
    if (sorted[index] - sorted[index - 1] < nearest.right - nearest.left)
      nearest = {sorted[index - 1], sorted[index]};
  return nearest;
}

inline void on_fault(int, siginfo_t* info, void*)
{
  show("fault", info->si_addr);
  signal(SIGSEGV, SIG_DFL); // the access is tried again, and ends the process
}

int main(int count, char** arguments)
{
  EXPECT(count >= 2);
  is_misused = strcmp(arguments[1], "misuse") == 0;
  if (count > 2)
    argument = arguments[2];
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  EXPECT(sigaction(SIGSEGV, &action, nullptr) == 0);
  run();
  print("end\n");
}
