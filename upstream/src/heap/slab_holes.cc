// Which slabs of a heap get holes, and when.
//
// A hole breaks the huge page that it may lie in, and what is in use beside it is read more slowly then. So the idle
// thread and ticks look at what the heap has in a block of that size. Holes pay if they are a quarter of these pages;
// or a 16th, if three quarters of the bytes are free, for then little is left to be read.
#include "heap/slabs.h"
#include "os/os.h"
#include "slab/holes.h"

namespace sn
{
bool Slabs::is_to_see(const Slab* slab, Which which) const
{
  constexpr unsigned emptier_list = list_count / 2;
  unsigned list = slab->list;
  if (which == Which::old)
    return list >= emptier_list && list < list_count && uint8_t(turn - slab->listed_at) >= 2;
  return list < (which == Which::all ? first_seen_list : first_kept_list);
}

Slab* Slabs::first_to_see(unsigned size_class, Which which) const
{
  for (unsigned list = list_count; list-- > 0;)
    for (unsigned in = list; in < first_seen_list; in += list_count)
      if (auto* slab = static_cast<Slab*>(lists[size_class][in].last()); slab != nullptr && is_to_see(slab, which))
        return slab;
  return nullptr;
}

// Calls `visit` for each slab of the heap that begins in the block round the address, until that returns false.
template<typename Visit>
void Slabs::for_each_in_block(uintptr_t address, Visit visit)
{
  uintptr_t start = align_down(address, config::block_bytes);
  for (size_t offset = 0; offset < config::block_bytes;)
  {
    uintptr_t at = start + offset;
    if (kind_if_owned(page_map::find_tag(at), tag) >= class_count)
    {
      offset += config::chunk_bytes;
      continue;
    }
    Slab* slab = slab_of(at);
    offset = slab->end() - start;
    if (slab->base == at && !visit(slab))
      return;
  }
}

bool Slabs::pays_in_block(uintptr_t address, size_t& cost)
{
  size_t bytes = 0;
  size_t free_bytes = 0;
  size_t empty_bytes = 0;
  for_each_in_block(address, [&](Slab* slab) {
    bytes += slab->size_class().slab_bytes();
    free_bytes += slab->free_count * size_t(slab->size_class().bytes);
    empty_bytes += holes::empty_bytes(slab);
    cost += config::hole_look_cost;
    return true;
  });
  return empty_bytes >= (free_bytes >= bytes / 4 * 3 ? bytes / 16 : bytes / 4);
}

void Slabs::make_holes_in(Slab* slab, size_t& cost)
{
  holes::Made made = holes::make(slab);
  counts.hole_bytes.add(made.bytes);
  cost += config::hole_look_cost + made.calls * config::hole_call_cost + made.bytes / os::page_bytes();
}

bool Slabs::make_holes(Which which)
{
  if constexpr (!config::makes_holes)
    return false;
  size_t cost = 0;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    while (Slab* first = first_to_see(size_class, which))
    {
      bool pays = which == Which::all || pays_in_block(first->base, cost);
      for_each_in_block(first->base, [this, which, pays, &cost](Slab* slab) {
        if (cost >= config::hole_slice_cost)
          return false;
        if (!is_to_see(slab, which))
          return true;
        unsigned fullness = slab->list % list_count;
        unlink(slab);
        if (pays)
          make_holes_in(slab, cost);
        unsigned list = pays ? first_seen_list : first_kept_list;
        slab->settle_at = uint16_t(slab->free_count + 1);
        place(slab, uint8_t(slab->filled == 0 ? hollow_list : list + fullness));
        return true;
      });
      if (cost >= config::hole_slice_cost)
        return true;
    }
  return false;
}
} // namespace sn
