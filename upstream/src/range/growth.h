// When to take clean memory in blocks of a huge page, which become resident at once: when the program is large, and
// grows so fast that no part of a block will lie idle. Slabs use all of their memory. Large objects get blocks only if
// others were used wholly before.
//
// The space's lock is held.
#pragma once

#include "base/options.h"
#include "os/os.h"

namespace sn
{
class Growth
{
public:
  // No free resident memory holds the `bytes` that are wanted. True: a block is better.
  bool wants_block(size_t bytes, size_t used_bytes, uint64_t now_ms)
  {
    if (
      is_pointless || now_ms < paused_until_ms || used_bytes < config::blocks_from_bytes ||
      options.huge_pages == HugePages::never)
      return false;
    if (now_ms - since_ms > options.purge_delay_ms)
    {
      since_ms = now_ms;
      recent_bytes = 0;
    }
    recent_bytes += bytes;
    return recent_bytes >= config::block_bytes / 2;
  }

  // The same for a large object. Every eighth goes without, so that there is always something to judge by.
  bool wants_block_for_large(size_t bytes, size_t used_bytes, uint64_t now_ms)
  {
    return well_used_bytes >= config::block_bytes && ++large_count % 8 != 0 && wants_block(bytes, used_bytes, now_ms);
  }

  // A large object of clean memory was freed. `wholly`: every page of it had been used.
  void note_use(size_t bytes, bool wholly) { well_used_bytes = wholly ? well_used_bytes + bytes : 0; }

  // Notes how the system made a block. While the system is slow, single pages are better: each slow block makes the
  // pause longer. The first slow block counts for nothing, because other programs may have had the processor meanwhile.
  void note(os::Populated result, uint64_t now_ms)
  {
    is_pointless = result == os::Populated::refused;
    has_quick_ones = has_quick_ones || result == os::Populated::quickly;
    bool is_first = slow_in_a_row == 0;
    slow_in_a_row = result == os::Populated::quickly ? 0 : slow_in_a_row + 1;
    pause_ms = result == os::Populated::quickly || is_first ? 0
               : pause_ms == 0                              ? config::growth_pause_min_ms
               : 2 * pause_ms < config::growth_pause_max_ms ? 2 * pause_ms
                                                            : config::growth_pause_max_ms;
    paused_until_ms = now_ms + pause_ms;
  }

  // Whether some of our memory lies in huge pages, which go back as quickly as a single page.
  bool has_made_blocks() const { return has_quick_ones; }

private:
  uint64_t since_ms = 0;
  size_t recent_bytes = 0;    // since then
  size_t well_used_bytes = 0; // in a row
  uint32_t large_count = 0;
  uint32_t slow_in_a_row = 0;
  uint64_t pause_ms = 0;
  uint64_t paused_until_ms = 0;
  bool is_pointless = !config::takes_blocks;
  bool has_quick_ones = false;
};
} // namespace sn
