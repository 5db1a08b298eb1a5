// What all threads read in their slow paths shares no cache line with what others write meanwhile; nor do two variables
// that threads write without a common lock.
#include "core.h"

using namespace sn;

namespace
{
struct Variable
{
  const char* name;
  uintptr_t start;
  size_t bytes;

  uintptr_t first_line() const { return start / line_bytes; }
  uintptr_t last_line() const { return (start + bytes - 1) / line_bytes; }
  bool shares_lines_with(const Variable& other) const
  {
    return first_line() <= other.last_line() && other.first_line() <= last_line();
  }
};

#define VARIABLE(of) {#of, uintptr_t(&(of)), sizeof(of)}

// By threads at any time, most of them in slow paths. They are seldom written.
const Variable read_by_all[] = {
  VARIABLE(shortages),
  VARIABLE(registry::due),
  VARIABLE(space::has_excess),
  VARIABLE(space::news),
  VARIABLE(idle::state),
  VARIABLE(registry::segments),
  VARIABLE(arena::segments),
  VARIABLE(page_map::sn_page_map_root),
  VARIABLE(size_classes),
  VARIABLE(options),
#if !defined(_WIN32)
  VARIABLE(os::cached_page_bytes),
#endif
#if defined(__linux__)
  VARIABLE(os::clock_function),
#endif
};

// Without a lock, or to get one.
const Variable written[] = {
  VARIABLE(registry::lock),    VARIABLE(space::lock), VARIABLE(arena::lock),
  VARIABLE(usage::held_bytes), VARIABLE(os::calls),
};

// With a lock held.
const Variable guarded[] = {
  VARIABLE(registry::parked),
  VARIABLE(registry::ended_private),
  VARIABLE(registry::parked_count),
  VARIABLE(registry::past),
  VARIABLE(registry::together),
  VARIABLE(space::free_ranges),
  VARIABLE(space::purge_budget),
  VARIABLE(space::growth),
  VARIABLE(space::used_bytes),
  VARIABLE(space::kept_bytes),
  VARIABLE(space::leased_bytes),
  VARIABLE(space::looked_ms),
  VARIABLE(space::purging_bytes),
  VARIABLE(space::returned),
  VARIABLE(space::owed_bytes),
  VARIABLE(space::purgers),
  VARIABLE(space::flights),
  VARIABLE(space::landings),
  VARIABLE(arena::free_blocks),
  VARIABLE(arena::low),
  VARIABLE(arena::high),
  VARIABLE(arena::counted),
  VARIABLE(usage::purged_bytes),
  VARIABLE(usage::purges),
  VARIABLE(idle::owners),
  VARIABLE(registry::slot_count),
  VARIABLE(registry::kept_bytes),
};

size_t sharings = 0;

void expect_apart(const Variable& one, const Variable& other)
{
  if (!one.shares_lines_with(other))
    return;
  fprintf(stderr, "%s shares a line with %s\n", one.name, other.name);
  sharings++;
}

// Whatever the linker puts behind it.
void expect_alone(const Variable& variable)
{
  if (variable.start % line_bytes == 0 && variable.bytes % line_bytes == 0)
    return;
  fprintf(stderr, "%s does not fill its lines\n", variable.name);
  sharings++;
}
} // namespace

int main()
{
  for (const Variable& one : read_by_all)
  {
    for (const Variable& other : written)
      expect_apart(one, other);
    for (const Variable& other : guarded)
      expect_apart(one, other);
    expect_alone(one);
  }
  for (const Variable& one : written)
  {
    for (const Variable& other : written)
      if (&one != &other)
        expect_apart(one, other);
    for (const Variable& other : guarded)
      expect_apart(one, other);
    expect_alone(one);
  }
  EXPECT_EQUAL(sharings, 0);
}
