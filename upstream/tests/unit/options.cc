// The environment, read through the C library and, before that has started, from the kernel; and the options in it.
#include "core.h"
#include "system.h"

using namespace sn;

namespace
{
// Runs with these as the first and the last variable.
const char* const given[] = {
  "SN_FIRST=1", "SN_EMPTY=", "SN_LONG=0123456789", "SNMALLOC_OPTIONS=purge_delay_ms=7,memory_limit=3K,,", nullptr};

bool is(const char* name, const char* expected, size_t capacity = 100)
{
  char value[100];
  memset(value, '#', sizeof(value));
  size_t length = os::environment(name, value, capacity);
  size_t stored = length < capacity ? length : capacity;
  return length == strlen(expected) && memcmp(value, expected, stored) == 0 && (stored == 100 || value[stored] == '#');
}

void check_environment()
{
  EXPECT(is("SN_FIRST", "1"));
  EXPECT(is("SN_EMPTY", ""));
  EXPECT(is("SN_LONG", "0123456789"));
  EXPECT(is("SN_LONG", "0123456789", 4));
  EXPECT(is("SN_", "") && is("SN_FIRST=", "") && is("SN_FIRST1", "") && is("N_FIRST", "") && is("", ""));
  EXPECT(is("SNMALLOC_OPTIONS", "purge_delay_ms=7,memory_limit=3K,,"));
}

void check_options()
{
  EXPECT(memcmp(&options, &default_options, sizeof(default_options)) == 0);
  os::read_options();
  EXPECT_EQUAL(options.purge_delay_ms, 7);
  EXPECT_EQUAL(options.memory_limit_bytes, 3 * config::KiB);
  EXPECT_EQUAL(options.resident_budget_bytes, default_options.resident_budget_bytes);
}

void check_numbers()
{
  size_t number = 5;
  char most[32];
  snprintf(most, sizeof(most), "%zu", ~size_t(0));
  char too_much[32];
  snprintf(too_much, sizeof(too_much), "%zuG", ~size_t(0) / config::GiB + 1);
  char much[32];
  snprintf(much, sizeof(much), "%zuG", ~size_t(0) / config::GiB);
  auto text = [](const char* all) { return Text{all, strlen(all)}; };
  for (const char* bad : {"", "-1", "1 ", " 1", "0x1", "18446744073709551616", "99999999999999999999"})
    EXPECT(!parse_number(text(bad), &number) && number == 5);
  EXPECT(parse_number(text(most), &number) && number == ~size_t(0));
  for (const char* bad : {"K", "1k", "1KK", "18014398509481984K", static_cast<const char*>(too_much)})
    EXPECT(!parse_bytes(text(bad), &number) && number == ~size_t(0));
  EXPECT(parse_bytes(text(much), &number) && number == ~size_t(0) / config::GiB * config::GiB);
  EXPECT(parse_bytes(text("0"), &number) && number == 0);
}
bool is_nearest(const char* written, const char* expected)
{
  Nearest nearest(all_of(written));
  for (const char* known : {"never", "always", "memory_limit", "a_name_of_21_letters_x"})
    nearest.compare(all_of(known));
  return nearest.found().is(all_of(expected));
}

void check_nearest()
{
  EXPECT(is_nearest("never", "never") && is_nearest("NEVER", "never"));
  EXPECT(is_nearest("nver", "never") && is_nearest("neverr", "never") && is_nearest("nevar", "never"));
  EXPECT(is_nearest("nevre", "") && is_nearest("", "") && is_nearest("n", ""));
  EXPECT(is_nearest("alway", "always") && is_nearest("allwayss", "always") && is_nearest("sometimes", ""));
  EXPECT(is_nearest("mem_limit", "memory_limit") && is_nearest("limit", ""));
  EXPECT(is_nearest("a_name_of_21_letters_x", ""));
  char letters[max_options_bytes + 1];
  memset(letters, 'm', max_options_bytes);
  letters[max_options_bytes] = 0;
  EXPECT(is_nearest(letters, ""));
}

#ifndef _WIN32
// How many bytes it writes to stderr.
size_t written_at_exit()
{
  int ends[2];
  char line[1024];
  int before = dup(2);
  EXPECT(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
  write_exit_line();
  EXPECT(dup2(before, 2) == 2);
  close(before);
  close(ends[1]);
  ssize_t length = read(ends[0], line, sizeof(line));
  close(ends[0]);
  return size_t(length);
}

// A signal handler that interrupted the allocator may end the process, with what it would wait for held by itself.
void check_exit_line()
{
  EXPECT_EQUAL(written_at_exit(), 0);
  options.memory_limit_bytes = default_options.memory_limit_bytes;
  sn_rust_dealloc(sn_rust_alloc(8, 8), 8, 8);
  options.stats = StatsLine::at_exit;
  {
    SlowPath slow(*own_heap());
    EXPECT_EQUAL(written_at_exit(), 0);
  }
  EXPECT(written_at_exit() > 100);
  options.stats = StatsLine::never;
}
#endif
} // namespace

int main(int count, char** arguments)
{
  if (count == 1)
    return run_with(arguments[0], "again", given);
  os::start();
  check_environment();
  check_options();
  check_numbers();
  check_nearest();
#ifndef _WIN32
  check_exit_line();
#endif
  if (forget_environment())
    check_environment();
}
