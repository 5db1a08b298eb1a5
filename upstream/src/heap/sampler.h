// What a heap knows of the profile that its allocations are sampled for: how far the next sample is.
//
//   allocated:    ─────────────┬──────────────────────────────────┬──────►
//                         the next leg's end                  next sample
//                 ◄ countdown ─►◄───────────── beyond ───────────►
//
// The fast paths count down to the end of a leg (Magazines::countdown), which is short, so that a thread notices soon
// that a profile has begun or ended. In builds that take no profiles nothing of this is touched.
//
// Owner thread; or who has claimed the heap in a process whose other threads are gone.
#pragma once

#include "base/dice.h"

#include <stddef.h>

namespace sn
{
struct Sampler
{
  int64_t beyond;      // bytes from the leg's end to the next sample
  ptrdiff_t set_aside; // the countdown, while sampling is paused
  uint32_t profile;    // which `beyond` belongs to, or 0
  uint32_t pauses;     // how often it was paused and not resumed: then the countdown is far from its end
  Dice dice;
  bool has_dice;

  // The thread is gone, perhaps in the midst of a pause.
  void forget() { pauses = profile = 0; }
};
} // namespace sn
