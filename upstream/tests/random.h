// Random numbers that a seed repeats (SplitMix64: Steele, Lea and Flood, OOPSLA 2014), and settings of a run.
#pragma once

#include <stdint.h>
#include <stdlib.h>

class Random
{
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next()
  {
    uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // One of 0 to `count` - 1.
  uint64_t below(uint64_t count) { return next() % count; }
  bool one_in(uint64_t count) { return below(count) == 0; }

private:
  uint64_t state;
};

// A number from the environment, decimal or 0x….
inline uint64_t setting(const char* name, uint64_t otherwise)
{
  const char* text = getenv(name);
  return text == nullptr ? otherwise : strtoull(text, nullptr, 0);
}
