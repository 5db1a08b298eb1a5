// What a program can choose about the allocator that it runs with, as against config.h.
#pragma once

#include "base/config.h"

namespace sn
{
enum class HugePages : size_t
{
  system_choice,
  never,
  always,
};

// `struct sn_options` of include/snmalloc.h.
struct Options
{
  size_t purge_delay_ms;
  size_t resident_budget_bytes;
  size_t memory_limit_bytes;
  HugePages huge_pages;
};

constexpr Options default_options = {
  config::purge_delay_ms, config::purge_floor_bytes, ~size_t(0), HugePages::system_choice};

// Written by read_options() (os/options.h), before there is a heap, and only read afterwards.
inline SN_CONSTINIT Options options = default_options;
} // namespace sn
