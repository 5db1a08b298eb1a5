// What a program can choose when it runs, while config.h has what is chosen when the allocator is built.
//
// A new option goes into: Options and its default here; the table in options.cc; `struct sn_options` in
// include/snmalloc.h, with the assertion in abi/abi.cc; snmalloc-sys/src/options.rs; and snmalloc-rs/src/configure.rs:
// its table and its module of values. Tests compare these with each other, and tests/tests/configure.rs tries what it
// does.
#pragma once

#include "base/line.h"

namespace sn
{
enum class HugePages : size_t
{
  system_choice,
  never,
  always,
};

// Whether a thread of the allocator's own gives memory back while the program's sleep: see heap/idle.h.
enum class IdlePurge : size_t
{
  automatic, // where the program has threads
  never,
  always,
};

// Whether a line of figures is written when the process exits: see front/exit_line.h.
enum class StatsLine : size_t
{
  never,
  at_exit,
};

// `struct sn_options` of include/snmalloc.h.
struct Options
{
  size_t purge_delay_ms;
  size_t resident_budget_bytes;
  size_t memory_limit_bytes;
  HugePages huge_pages;
  IdlePurge idle_purge;
  StatsLine stats;
};

constexpr Options default_options = {config::purge_delay_ms,   config::purge_floor_bytes, ~size_t(0),
                                     HugePages::system_choice, IdlePurge::automatic,      StatsLine::never};

struct alignas(line_bytes) OptionsInUse : Options
{
};

// Written by os::read_options(), before there is a heap, and only read afterwards.
inline SN_CONSTINIT OptionsInUse options = {default_options};

// The longest value of SNMALLOC_OPTIONS.
constexpr size_t max_options_bytes = 512;

// Sets the options that the value of SNMALLOC_OPTIONS names. Tells by `write_error` what it cannot make sense of, and
// what may have been meant; and about all options, if it is asked for help. Nothing is read of a value that is too
// long. Allocates nothing.
using WriteError = void(const char* text, size_t length);
SN_COLD void parse_options(const char* value, size_t length, WriteError* write_error);
} // namespace sn
