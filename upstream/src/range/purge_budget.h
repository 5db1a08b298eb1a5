// How much free memory may stay resident: a base, which is a share of what is in use, and what the budget has learned.
//
// Memory that is purged and wanted again within the delay was purged in vain: the budget learns that many bytes. Memory
// that nobody wanted for the delay was kept in vain: the budget forgets as many. So a program that allocates and frees
// the same large buffers keeps their pages, and after a single burst only the base stays.
//
// Used and learned memory together do not pass the most that was ever in use, so that a program that has run within a
// memory limit goes on to do so. A program that thrashes may pass it by a share: one that gave back in vain, within the
// delay, several times as much as it ever used; until memory is kept in vain.
//
// The space's lock is held.
#pragma once

#include "base/options.h"

namespace sn
{
class PurgeBudget
{
public:
  static size_t base_bytes(size_t used_bytes)
  {
    size_t share = used_bytes / config::purge_live_share;
    return share > options.resident_budget_bytes ? share : options.resident_budget_bytes;
  }

  size_t limit_bytes(size_t used_bytes) const { return base_bytes(used_bytes) + reused_bytes(used_bytes); }

  // How much to keep once the limit is passed: less than the limit, so that not every range asks the system.
  size_t goal_bytes(size_t used_bytes) const { return limit_bytes(used_bytes) - base_bytes(used_bytes) / 2; }

  // Notes how many bytes are in use now.
  void note_used(size_t used_bytes)
  {
    if (used_bytes > peak_used_bytes)
      peak_used_bytes = used_bytes;
  }

  // Notes bytes that were purged because the limit was passed.
  void note_purged(size_t bytes, uint64_t now_ms)
  {
    forget_old(now_ms);
    recent_bytes += bytes;
    last_purge_ms = now_ms;
  }

  // Notes bytes that were purged because nobody wanted them for the delay.
  void note_expired(size_t bytes)
  {
    learned_bytes -= bytes < learned_bytes ? bytes : learned_bytes;
    thrashes = thrashes && bytes == 0;
  }

  // Notes that the system took nothing, for example because memory is locked. It is not asked again before the delay
  // has passed.
  void note_refused(uint64_t now_ms) { refused_until_ms = now_ms + options.purge_delay_ms; }
  bool is_pointless(uint64_t now_ms) const { return now_ms < refused_until_ms; }

  // Whether note_taken() has anything to learn.
  bool is_learning() const { return recent_bytes != 0; }

  // Notes bytes that are wanted and were not resident.
  void note_taken(size_t bytes, uint64_t now_ms)
  {
    forget_old(now_ms);
    size_t in_vain = bytes < recent_bytes ? bytes : recent_bytes;
    recent_bytes -= in_vain;
    learned_bytes += in_vain;
    if (learned_bytes > config::purge_learned_max_bytes)
      learned_bytes = config::purge_learned_max_bytes;
    note_vain(in_vain, now_ms);
  }

private:
  size_t reused_bytes(size_t used_bytes) const
  {
    size_t most = peak_used_bytes;
    if (thrashes)
      most += most / config::purge_thrash_share;
    size_t room = most > used_bytes ? most - used_bytes : 0;
    return learned_bytes < room ? learned_bytes : room;
  }

  void forget_old(uint64_t now_ms)
  {
    if (now_ms - last_purge_ms > options.purge_delay_ms)
      recent_bytes = 0;
  }

  void note_vain(size_t bytes, uint64_t now_ms)
  {
    if (now_ms - vain_since_ms > options.purge_delay_ms)
    {
      vain_since_ms = now_ms;
      vain_bytes = 0;
    }
    vain_bytes += vain_bytes + bytes >= bytes ? bytes : 0; // 32 bits may not hold the sum
    thrashes = thrashes || vain_bytes / config::purge_thrash_factor > peak_used_bytes;
  }

  size_t peak_used_bytes = 0;
  size_t learned_bytes = 0;
  size_t recent_bytes = 0; // purged lately and not wanted yet
  uint64_t last_purge_ms = 0;
  uint64_t vain_since_ms = 0;
  size_t vain_bytes = 0; // since then
  bool thrashes = false;
  uint64_t refused_until_ms = 0;
};
} // namespace sn
