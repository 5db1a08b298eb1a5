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

#include "base/exponential.h"
#include "os/os.h"

namespace sn
{
class Sampler
{
public:
  // The countdown is that of the same heap.
  int64_t distance(ptrdiff_t countdown) const { return countdown + beyond; }

  void set_distance(ptrdiff_t& countdown, int64_t bytes)
  {
    countdown = ptrdiff_t(bytes < config::profile_leg_bytes ? bytes : config::profile_leg_bytes);
    beyond = bytes - countdown;
  }

  // Draws the distance to the next of samples that are `interval_bytes` apart on average.
  void draw_distance(ptrdiff_t& countdown, size_t interval_bytes)
  {
    if (!has_dice)
      dice = Dice(os::entropy());
    has_dice = true;
    constexpr double most = double(int64_t(1) << 62);
    double distance = draw_exponential(dice) * double(interval_bytes);
    set_distance(countdown, int64_t(distance < most ? distance : most));
  }

  bool belongs_to(uint32_t number) const { return profile == number; }

  // Belongs to that profile from now on, or to none: then the countdown runs for one leg after the other.
  void join(uint32_t number, ptrdiff_t& countdown)
  {
    profile = number;
    set_distance(countdown, config::profile_leg_bytes);
  }

  // The thread looks at its next allocation which profile there is.
  void look_at_once(ptrdiff_t& countdown)
  {
    profile = 0;
    (is_paused() ? set_aside : countdown) = 0;
  }

  // Pauses nest. Meanwhile the countdown is far from its end.
  bool is_paused() const { return pauses != 0; }
  void pause(ptrdiff_t& countdown)
  {
    if (pauses++ > 0)
      return;
    set_aside = countdown;
    countdown = PTRDIFF_MAX;
  }
  void resume(ptrdiff_t& countdown)
  {
    if (is_paused() && --pauses == 0)
      countdown = set_aside;
  }

  // The thread is gone, perhaps in the midst of a pause.
  void forget() { pauses = profile = 0; }

private:
  int64_t beyond;      // bytes from the leg's end to the next sample
  ptrdiff_t set_aside; // the countdown, while sampling is paused
  uint32_t profile;    // which `beyond` belongs to, or 0
  uint32_t pauses;     // how often it was paused and not resumed
  Dice dice;
  bool has_dice;
};
} // namespace sn
