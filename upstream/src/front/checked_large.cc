#include "front/checked_large.h"

#include "range/access.h"
#include "slab/fill.h"

namespace sn::checked
{
namespace
{
constexpr size_t most_tagged_bytes = config::GiB;

void fill_slack(const LargeObject* large)
{
  fill::write_bytes(large->base + large->layout.size, large->base + open_bytes(large->layout.size));
}

// By fresh pages where these are many, for much of the object may never be used.
void clear(const LargeObject* large, size_t size)
{
  bool is_worth_it = size >= config::purge_to_clear_bytes;
  if (!is_worth_it || !os::clear(address_of(large), open_bytes(size)))
    fill::clear(large->base, large->base + size);
}
} // namespace

bool open(LargeObject* large, Layout layout)
{
  if (!set_access(large, 0, open_bytes(layout.size), true))
  {
    close_all(large);
    return false;
  }
  if (!large->zero)
    clear(large, layout.size);
  note_open(large, layout);
  return true;
}

void note_open(LargeObject* large, Layout layout)
{
  large->layout = layout;
  large->wiped = false;
  fill_slack(large);
}

void close(const LargeObject* large)
{
  set_access(large, 0, open_bytes(large->layout.size), false);
}

bool resize_open(LargeObject* large, size_t new_size)
{
  size_t old_bytes = open_bytes(large->layout.size);
  size_t new_bytes = open_bytes(new_size);
  if (new_bytes > old_bytes)
  {
    if (!set_access(large, old_bytes, new_bytes, true))
      return false;
    fill::clear(large->base + old_bytes, large->base + new_bytes);
  }
  else
    set_access(large, new_bytes, old_bytes, false);
  large->layout.size = new_size;
  fill_slack(large);
  return true;
}

void tag_chunks(const LargeObject* large, Tag tag)
{
  size_t tagged = large->bytes() < most_tagged_bytes ? large->bytes() : most_tagged_bytes;
  uint32_t index = arena::index_of(large);
  for (uintptr_t at = large->base; at < large->base + tagged; at += config::chunk_bytes)
  {
    Entry& entry = page_map::entry_of(at);
    entry.range.store(index, std::memory_order_relaxed);
    entry.tag.store(tag, std::memory_order_release); // pairs with the acquire in find_large_bytes()
  }
}

void verify_large(const void* object, misuse::Act act, Layout passed)
{
  const LargeObject* large = large_at(object);
  auto* start = reinterpret_cast<void*>(large->base);
  if (object != start)
    misuse::inside_object(act, object, start, large->layout.size);
  if (!Layout(large->layout).agrees_with(passed))
    misuse::wrong_layout(act, object, passed, large->layout);
  uintptr_t slack = large->base + large->layout.size;
  uintptr_t end = large->base + open_bytes(large->layout.size);
  if (slack != end && !fill::is_whole_behind(slack, end))
    misuse::written_behind(fill::find_changed_byte(slack, end), object, large->layout.size);
}

void claim_large(const void* object, Layout passed)
{
  if (uintptr_t(object) % config::chunk_bytes == 0)
    if (page_map::entry_of(uintptr_t(object)).tag.exchange(free_tag, std::memory_order_relaxed) != large_tag)
      misuse::given_back_already(misuse::Act::free, object);
  verify_large(object, misuse::Act::free, passed);
}
} // namespace sn::checked
