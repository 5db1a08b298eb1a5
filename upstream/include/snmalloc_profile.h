/* A sampling heap profiler's view of the allocator, in builds with SN_PROFILE (cmake: SNMALLOC_PROFILE). On average one
 * allocation per `interval_bytes` is reported, and again when it is freed. A Poisson process over the bytes that each
 * thread asks for decides which ones: an allocation of `bytes` bytes is sampled with the probability
 *
 *   p = 1 - exp(-bytes / interval_bytes)
 *
 * whatever was allocated before. So a sample stands for 1 / p allocations and bytes / p bytes, and sums of these are
 * unbiased estimates. What a call changes in size is a free of the old size and an allocation of the new one, unless a
 * small object stays where it is.
 *
 * Threads that run already take part once they have allocated another 64 KiB; so does the thread that starts a profile
 * at once, and so do new ones. What a thread allocates after its own exit hooks ran is not sampled. A sampled object
 * has pages of its own, at least 16 KiB of address space, until it is freed. */
#ifndef SNMALLOC_PROFILE_H
#define SNMALLOC_PROFILE_H

#include <stddef.h>

/* Called by the thread that allocates, before it gets its object. The result comes back as `token` when the object is
 * freed. If it is null, that free is not reported. */
typedef void* (*sn_profile_on_sample)(size_t profile, size_t bytes);

/* Called by the thread that frees a sampled object, or changes its size, while the profile runs. */
typedef void (*sn_profile_on_free)(size_t profile, void* token, size_t bytes);

#ifdef __cplusplus
extern "C" {
#endif

/* Returns 1 where profiles can be taken; 0 in builds with SN_CHECK. Any thread, at any time. */
int sn_profile_is_supported(void);

/* Starts a profile and returns its number, which is never the same again; or 0 if one runs already or none is
 * supported. `interval_bytes` is 1 at least, both functions are not null. They are called outside of all locks of the
 * library, may allocate and free, and are paused meanwhile. Any thread. */
size_t sn_profile_start(size_t interval_bytes, sn_profile_on_sample on_sample, sn_profile_on_free on_free);

/* Ends the profile of that number; for another number nothing happens. Calls that other threads are in go on, with that
 * number as their argument. Any thread. */
void sn_profile_stop(size_t profile);

/* Between the two calls nothing is sampled that the calling thread allocates, as in the two functions above. They nest.
 */
void sn_profile_pause(void);
void sn_profile_resume(void);

#ifdef __cplusplus
}
#endif

#endif
