// When memory for slabs is taken in blocks of a huge page, all of it resident at once, rather than as it is needed:
// once the program is large, and grows so fast that the rest of a block will not lie idle.
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
  // `bytes` are wanted that no free resident memory holds. True: better take a block.
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

  // What came of a block. Where the system is slow, as it may be for a while, single pages are better.
  void note(os::Populated result, uint64_t now_ms)
  {
    is_pointless = result == os::Populated::refused;
    if (result == os::Populated::slowly)
      paused_until_ms = now_ms + config::growth_pause_ms;
  }

private:
  uint64_t since_ms = 0;
  size_t recent_bytes = 0; // since then
  uint64_t paused_until_ms = 0;
  bool is_pointless = !config::takes_blocks;
};
} // namespace sn
