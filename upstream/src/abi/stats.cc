// The figures of include/snmalloc.h, put together from what each layer counts.
#include "front/large.h"
#include "meta/usage.h"
#include "os/os.h"
#include "range/space.h"
#include "snmalloc.h"

namespace sn
{
namespace
{
static_assert(class_count <= SN_CLASS_COUNT, "the C header has room for all size classes");

// Figures that are sampled one after the other may not fit each other.
size_t difference(size_t left, size_t right)
{
  return left > right ? left - right : 0;
}

sn_class_stats class_stats(const Sums& sums, unsigned size_class)
{
  const SizeClass& sizes = size_classes.of[size_class];
  sn_class_stats stats{};
  stats.object_bytes = counted_bytes(size_class);
  stats.slabs = sums.slabs[size_class];
  stats.cached_objects = sums.cached_objects[size_class];
  stats.free_objects = sums.free_objects[size_class];
  stats.allocations = sums.allocations[size_class];
  stats.frees = sums.frees[size_class];
  stats.live_objects = config::counts_operations
                         ? difference(stats.allocations, stats.frees)
                         : difference(stats.slabs * sizes.slab_objects, stats.free_objects + stats.cached_objects);
  return stats;
}
} // namespace
} // namespace sn

SN_COLD void sn_read_stats(struct sn_stats* stats)
{
  using namespace sn;
  // First, so that a thread at work may at most be said to have less.
  Sums sums = registry::sums();
  registry::Counts heaps = registry::counts();
  space::Figures space = space::figures();
  *stats = {};
  stats->held_bytes = space.held_bytes;
  stats->peak_bytes = usage::peak_bytes.load(std::memory_order_relaxed);
  stats->reserved_bytes = space.reserved_bytes;
  stats->metadata_bytes = difference(space.held_bytes, space.used_bytes + space.dirty_bytes + space.purging_bytes);
  stats->hole_bytes = sums.hole_bytes;
  stats->free_bytes = space.dirty_bytes + sums.spare_range_bytes;
  stats->purged_bytes = space.reserved_bytes - space.used_bytes - space.dirty_bytes - space.purging_bytes;
  stats->purging_bytes = space.purging_bytes;
  stats->large_allocations = sums.large.allocations;
  stats->large_frees = sums.large.frees;
  stats->large_live_bytes = difference(sums.large.allocated_bytes, sums.large.freed_bytes);
  stats->live_bytes = stats->large_live_bytes;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    const sn_class_stats& of_class = stats->classes[size_class] = class_stats(sums, size_class);
    stats->live_bytes += of_class.live_objects * of_class.object_bytes;
    stats->cached_bytes += of_class.cached_objects * of_class.object_bytes;
    stats->slab_free_bytes += of_class.free_objects * of_class.object_bytes;
  }
  stats->heaps_active = heaps.heaps - heaps.parked;
  stats->heaps_parked = heaps.parked;
  stats->batches_sent = sums.batches_sent;
  stats->remote_frees = sums.objects_sent;
  stats->purges = usage::purges.load(std::memory_order_relaxed);
  stats->purged_ever_bytes = usage::purged_bytes.load(std::memory_order_relaxed);
  stats->idle_purged_bytes = usage::idle_purged_bytes.load(std::memory_order_relaxed);
  stats->system_calls = os::calls.load(std::memory_order_relaxed);
  stats->counts_operations = config::counts_operations;
}
