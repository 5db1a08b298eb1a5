// The page map: any address may be asked for, and each covered chunk has an entry of its own.
#include "core.h"

using namespace sn;

namespace
{
int static_object;

constexpr uintptr_t last_address = ~uintptr_t(0) >> (sizeof(uintptr_t) * 8 - config::address_bits);

// A leaf that has a neighbour on both sides and one beyond it, on 32 bits as well.
constexpr size_t middle = page_map::root_entries > 77 ? 77 : 2;

void check_foreign()
{
  int local;
  void* foreign = malloc(1);
  const uintptr_t addresses[] = {
    0,
    1,
    4096,
    uintptr_t(&local),
    uintptr_t(&static_object),
    uintptr_t(&check_foreign),
    uintptr_t(foreign),
    last_address,
    last_address + 1,
    ~(~uintptr_t(0) >> 1),
    ~uintptr_t(0)};
  for (uintptr_t address : addresses)
    EXPECT_EQUAL(page_map::find_tag(address), 0);
  ::free(foreign);
}

void check_entries()
{
  // Two chunks on both sides of a leaf's edge.
  uintptr_t edge = uintptr_t(middle) << page_map::leaf_log2;
  EXPECT(page_map::ensure(edge - config::chunk_bytes, 2 * config::chunk_bytes));
  EXPECT(page_map::sn_page_map_root[middle - 1].load() != 0 && page_map::sn_page_map_root[middle].load() != 0);
  EXPECT(page_map::sn_page_map_root[middle - 2].load() == 0 && page_map::sn_page_map_root[middle + 1].load() == 0);
  check_foreign();
  auto* last = &page_map::entry_of(edge - 1);
  auto* first = &page_map::entry_of(edge);
  EXPECT(page_map::entry_of(edge).tag.load() == no_tag && page_map::entry_of(edge - 1).range.load() == 0);
  EXPECT(&page_map::entry_of(edge + config::chunk_bytes - 1) == first);
  EXPECT(&page_map::entry_of(edge + config::chunk_bytes) == first + 1);
  EXPECT(&page_map::entry_of(edge - config::chunk_bytes) == last);
  size_t leaf_bytes = page_map::leaf_entries * sizeof(Entry);
  EXPECT_EQUAL(uintptr_t(first), page_map::sn_page_map_root[middle].load() + middle * leaf_bytes);

  for (size_t chunk = 0; chunk < page_map::leaf_entries; chunk++)
    first[chunk].tag.store(Tag(chunk + 1));
  for (size_t chunk = 0; chunk < page_map::leaf_entries; chunk++)
    EXPECT(page_map::find_tag(edge + (chunk << config::chunk_log2) + 5) == Tag(chunk + 1));
  EXPECT_EQUAL(last->tag.load(), 0);
}

void check_refusals()
{
  if (last_address != UINTPTR_MAX)
  {
    EXPECT(!page_map::ensure(last_address + 1, 1));
    EXPECT(!page_map::ensure(last_address, 2));
  }
  uintptr_t start = uintptr_t(1) << page_map::leaf_log2;
  faults::countdown.store(1);
  EXPECT(!page_map::ensure(start, 3 * config::GiB));
  EXPECT_EQUAL(page_map::find_tag(start), 0);
  EXPECT(page_map::find_tag(start + config::GiB) == no_tag);
  EXPECT(page_map::ensure(start, 3 * config::GiB));
  page_map::entry_of(start + 3 * config::GiB - 1).tag.store(Tag(9));
  EXPECT(page_map::find_tag(start + 3 * config::GiB - 1) == Tag(9));
}
} // namespace

int main()
{
  check_foreign();
  check_entries();
  page_map::release_all();
  EXPECT(page_map::find_tag(uintptr_t(middle) << page_map::leaf_log2) == no_tag);
  check_refusals();
  page_map::release_all();
  check_foreign();
}
