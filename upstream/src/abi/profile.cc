// The functions of include/snmalloc_profile.h.
#include "front/profile.h"
#include "snmalloc_profile.h"

int sn_profile_is_supported(void)
{
  return sn::config::profiles;
}

size_t sn_profile_start(size_t interval_bytes, sn_profile_on_sample on_sample, sn_profile_on_free on_free)
{
  return sn::profile::start(interval_bytes, on_sample, on_free);
}

void sn_profile_stop(size_t profile)
{
  sn::profile::stop(profile);
}

void sn_profile_pause(void)
{
  sn::profile::pause();
}

void sn_profile_resume(void)
{
  sn::profile::resume();
}
