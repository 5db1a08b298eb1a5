#include "front/limit.h"

#include "front/trim.h"
#include "heap/heap.h"
#include "meta/usage.h"

namespace sn
{
namespace
{
constexpr unsigned most_tries = 64;

// Of ranges, and of heaps' own memory.
size_t count_returns()
{
  return space::count_returns() + usage::purges.load(std::memory_order_relaxed);
}
} // namespace

bool Shortage::makes_room()
{
  size_t returns = count_returns();
  if (tries == most_tries || (tries > 0 && returns == returns_before))
    return false;
  tries++;
  returns_before = returns;
  shortages.fetch_add(1, std::memory_order_relaxed);
  make_room();
  return true;
}
} // namespace sn
