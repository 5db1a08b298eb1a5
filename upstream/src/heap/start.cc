// How the allocator starts: what is settled before there is a heap, and what threads have that own none.
#include "heap/registry_state.h"
#include "slab/fill.h"

namespace sn
{
namespace
{
// Bottom, top and limit of all magazines of threads without a heap. Never written.
void* no_cell = nullptr;
} // namespace

SN_CONSTINIT Magazines no_heap_yet(&no_cell);
SN_CONSTINIT Magazines no_heap_any_more; // all 0: whoever links this has no table of it to load
} // namespace sn

namespace sn::registry
{
namespace
{
// Not twice: threads may have them already.
void make_exited_magazines()
{
  if (no_heap_any_more.belong_to_heap())
    no_heap_any_more = no_heap_yet;
}
} // namespace

void start_once()
{
  if (slot_count.load(std::memory_order_relaxed) != 1)
    return;
  make_exited_magazines();
  os::read_options();
  if constexpr (config::checks)
    fill::choose(os::entropy());
  size_t page_chunks = os::page_bytes() >> config::chunk_log2;
  bool is_limited = options.memory_limit_bytes < config::small_slabs_below_bytes;
  if (page_chunks > 1 || is_limited)
    size_classes = make_size_classes(page_chunks > 1 ? page_chunks : 1, is_limited ? small_slabs : usual_slabs);
}

void read_options_at_exit()
{
  if (slot_count.load(std::memory_order_relaxed) != 1)
    return;
  os::start();
  Hold hold(lock);
  os::read_options();
}

void prepare_exit_without_heap()
{
  Hold hold(lock);
  make_exited_magazines();
}
} // namespace sn::registry
