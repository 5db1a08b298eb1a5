// Slabs of every class: the order of hand-out, and the bitmap against a model.
#include "core.h"

#include <vector>

using namespace sn;

namespace
{
constexpr Tag tag = make_tag(5, 0);

class Model
{
public:
  explicit Model(unsigned size_class) : sizes(size_classes.of[size_class]), random(size_class), cells(5000)
  {
    range = space::allocate_range(chunks_with_guard(sizes.slab_chunks), slab_align_chunks(sizes.slab_chunks));
    slab = make_slab(range, size_class, tag);
    EXPECT(slab == range && slab->class_index == size_class && slab->free_count == sizes.slab_objects);
    is_free.assign(sizes.slab_objects, true);
    check();
  }

  void take()
  {
    size_t wanted = 1 + random.below(sizes.slab_objects + 2);
    size_t taken = slab->take(wanted, &cells[wanted]);
    size_t expected = 0;
    for (size_t number = 0; number < sizes.slab_objects && expected < wanted; number++)
      if (is_free[number])
      {
        EXPECT_EQUAL(uintptr_t(cells[wanted - expected]), slab->base + number * sizes.bytes);
        is_free[number] = false;
        expected++;
      }
    EXPECT_EQUAL(taken, expected);
    check();
  }

  // As Heap::give_back does.
  void give_back()
  {
    for (size_t number = 0; number < sizes.slab_objects; number++)
      if (!is_free[number] && random.one_in(2))
      {
        is_free[number] = true;
        slab->words[number / 64] |= uint64_t(1) << (number % 64);
        slab->filled |= uint64_t(1) << (number / 64);
        slab->free_count++;
      }
    check();
  }

  void end()
  {
    for (size_t number = 0; number < sizes.slab_objects; number++)
    {
      slab->words[number / 64] |= uint64_t(1) << (number % 64);
      slab->filled |= uint64_t(1) << (number / 64);
    }
    slab->free_count = sizes.slab_objects;
    uintptr_t base = slab->base;
    size_t bytes = slab->bytes();
    space::free_range(end_slab(slab));
    for (uintptr_t at = base; at < base + bytes; at += config::chunk_bytes)
      EXPECT_EQUAL(page_map::find_tag(at), free_tag);
  }

private:
  void check()
  {
    size_t count = 0;
    for (size_t number = 0; number < sizes.slab_objects; number++)
    {
      EXPECT((slab->words[number / 64] >> (number % 64) & 1) == is_free[number]);
      EXPECT(slab_of(slab->base + number * sizes.bytes) == slab);
      count += is_free[number];
    }
    EXPECT_EQUAL(slab->free_count, count);
    for (unsigned word = 0; word < sizes.words(); word++)
      EXPECT((slab->words[word] != 0) == ((slab->filled >> word & 1) != 0));
    for (uintptr_t at = slab->base; at < slab->end(); at += config::chunk_bytes)
      EXPECT(page_map::find_tag(at) == with_kind(tag, slab->class_index));
  }

  const SizeClass& sizes;
  Random random;
  std::vector<void*> cells;
  std::vector<bool> is_free;
  Range* range;
  Slab* slab;
};

void check_refusal()
{
  Range* range = space::allocate_range(chunks_with_guard(size_classes.of[0].slab_chunks), 1);
  while (arena::high - arena::low >= 16 * arena::granule_bytes)
    arena::allocate_granules(16);
  size_t granules = granules_for(size_classes.of[0]);
  while (arena::high - arena::low >= granules * arena::granule_bytes || arena::free_blocks[granules] != nullptr)
    arena::allocate_granules(granules);
  faults::countdown.store(0);
  EXPECT(make_slab(range, 0, tag) == nullptr);
  EXPECT_EQUAL(page_map::find_tag(range->base), 0);
  EXPECT(make_slab(range, 0, tag) != nullptr);
}
} // namespace

int main()
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    Model model(size_class);
    for (int round = 0; round < 20; round++)
    {
      model.take();
      model.give_back();
    }
    model.end();
  }
  EXPECT_EQUAL(space::figures().used_bytes, 0);
  check_refusal();
}
