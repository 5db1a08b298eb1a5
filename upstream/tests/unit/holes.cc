// Holes of slabs: which pages go back, what is taken first, and that nothing is lost; with pages of any size.
#include "core.h"

#include <algorithm>
#include <set>
#include <string.h>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

using namespace sn;

namespace
{
void* take(Heap& heap, unsigned size_class)
{
  void* object = heap.pop(size_class);
  return object != nullptr ? object : heap.refill(size_class);
}

void empty_magazine(Heap& heap, unsigned size_class)
{
  void** bottom = heap.bottom_of(size_class);
  heap.slabs.give_back(size_class, bottom + 1, size_t(heap.tops[size_class] - bottom));
  heap.tops[size_class] = bottom;
}

// The system's pages, which may be smaller than those that the test pretends.
size_t resident_bytes(const Slab* slab)
{
  auto page = size_t(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(slab->size_class().slab_bytes() / page);
  EXPECT(mincore(reinterpret_cast<void*>(slab->base), pages.size() * page, pages.data()) == 0);
  size_t bytes = 0;
  for (unsigned char in : pages)
    bytes += (in & 1) * page;
  return bytes;
}

// Live objects and their contents.
class Model
{
public:
  Model(Heap& heap, unsigned size_class) : heap(heap), size_class(size_class), random(size_class) {}

  void allocate(size_t count)
  {
    while (count-- > 0)
    {
      auto* object = static_cast<unsigned char*>(take(heap, size_class));
      EXPECT(object != nullptr && live.insert(object).second);
      memset(object, content(object), class_bytes(size_class));
    }
  }

  // Leaves so many slabs that are nearly empty, of which one object in `share` lives.
  void fill_and_drop_most(size_t slabs, size_t share)
  {
    allocate(slabs * size_classes.of[size_class].slab_objects);
    empty_magazine(heap, size_class);
    drop_most(share);
  }

  // All but one of so many.
  void drop_most(size_t share)
  {
    std::vector<void*> dropped;
    for (unsigned char* object : live)
      if (!random.one_in(share))
        dropped.push_back(object);
    heap.slabs.give_back(size_class, dropped.data(), dropped.size());
    for (void* object : dropped)
      live.erase(static_cast<unsigned char*>(object));
  }

  void check()
  {
    check_everything();
    for (const unsigned char* object : live)
      for (size_t offset = 0; offset < class_bytes(size_class); offset += 8)
        EXPECT_EQUAL(object[offset], content(object));
  }

  // All that no live object touches.
  void check_pages()
  {
    std::set<uintptr_t> touched;
    std::set<const Slab*> slabs;
    size_t page = os::page_bytes();
    for (const unsigned char* object : live)
    {
      slabs.insert(slab_of(uintptr_t(object)));
      for (uintptr_t at = align_down(uintptr_t(object), page); at < uintptr_t(object) + class_bytes(size_class);
           at += page)
        touched.insert(at);
    }
    size_t out_bytes = 0;
    for (const Slab* slab : slabs)
    {
      size_t bytes = slab->size_class().slab_bytes();
      size_t empty = 0;
      for (uintptr_t at = slab->base; at < slab->base + bytes; at += page)
        empty += touched.count(at) == 0 ? page : 0;
      bool is_worth =
        empty >= config::least_hole_bytes && slab->free_count * class_bytes(size_class) >= config::least_hole_bytes;
      EXPECT_EQUAL(holes::bytes(slab), is_worth ? empty : 0);
      EXPECT(resident_bytes(slab) <= bytes - holes::bytes(slab));
      EXPECT(page > config::chunk_bytes / 4 || resident_bytes(slab) == bytes - holes::bytes(slab));
      out_bytes += holes::bytes(slab);
    }
    EXPECT_EQUAL(heap.slabs.figures().hole_bytes.get(), out_bytes);
  }

  void drop_all()
  {
    std::vector<void*> dropped(live.begin(), live.end());
    heap.slabs.give_back(size_class, dropped.data(), dropped.size());
    live.clear();
    empty_magazine(heap, size_class);
    heap.slabs.settle_currents(0);
    heap.release_spares();
    EXPECT(heap.is_idle());
    EXPECT_EQUAL(heap.slabs.figures().hole_bytes.get(), 0);
  }

  size_t free_objects() const { return heap.slabs.figures().free_objects[size_class].get(); }

private:
  static unsigned char content(const void* object) { return (unsigned char)(uintptr_t(object) >> 3 | 1); }

  Heap& heap;
  unsigned size_class;
  Random random;
  std::set<unsigned char*> live;
};

size_t make_all(Heap& heap)
{
  size_t before = usage::purged_bytes.load();
  heap.slabs.settle_currents(0);
  while (heap.make_holes(Slabs::Which::all))
    ;
  return usage::purged_bytes.load() - before;
}

void check_class(Heap& heap, unsigned size_class)
{
  Model model(heap, size_class);
  size_t objects = size_classes.of[size_class].slab_objects;
  for (size_t share : {2, 8, 40, 400})
  {
    model.allocate(5 * objects);
    empty_magazine(heap, size_class);
    model.drop_most(share);
    size_t more = make_all(heap);
    model.check();
    model.check_pages();
    EXPECT(more == 0 || heap.slabs.figures().hole_bytes.get() >= more);
    EXPECT_EQUAL(make_all(heap), 0); // all was looked at
    // What was freed since is looked at again; holes grow.
    model.drop_most(2);
    make_all(heap);
    model.check();
    // All that is free is found again, once each.
    size_t free_objects = model.free_objects();
    size_t slabs = heap.slabs.count();
    model.allocate(free_objects);
    EXPECT(free_objects == 0 || heap.slabs.count() == slabs);
    EXPECT(model.free_objects() == 0 || heap.slabs.count() > slabs);
    model.check();
    empty_magazine(heap, size_class);
    model.drop_most(20);
    make_all(heap);
    model.allocate(objects / 2 + 1);
    empty_magazine(heap, size_class);
    model.drop_most(3); // slabs with holes end
    model.check();
  }
  model.drop_all();
}

// A slab gives what lies in no hole first, and then one page after the other.
void check_order(Heap& heap)
{
  constexpr unsigned size_class = 10;
  size_t objects = 4u * size_classes.of[size_class].slab_objects;
  size_t page = os::page_bytes();
  auto take_one = [&heap] {
    void* object = nullptr;
    EXPECT_EQUAL(heap.slabs.take(size_class, 1, &object, true, heap.dice), 1);
    return object;
  };
  std::vector<void*> all;
  for (size_t number = 0; number < objects; number++)
    all.push_back(take_one());
  const Slab* slab = slab_of(uintptr_t(all.back()));  // the only one
  size_t kept = slab->size_class().slab_objects - 1u; // its last one
  std::vector<void*> dropped(all.end() - long(kept) - 1, all.end() - 1);
  heap.slabs.give_back(size_class, dropped.data(), kept);
  make_all(heap);
  size_t out = slab->size_class().slab_bytes() - page;
  EXPECT_EQUAL(holes::bytes(slab), out < config::least_hole_bytes ? 0 : out);
  for (size_t number = 0; number < kept; number++)
  {
    auto object = uintptr_t(take_one());
    EXPECT(slab_of(object) == slab);
    if (object >= align_down(uintptr_t(all.back()), page))
      EXPECT_EQUAL(holes::bytes(slab), out);
    else
      EXPECT_EQUAL(
        holes::bytes(slab), out - std::min(out, align_up(object + class_bytes(size_class), page) - slab->base));
  }
  EXPECT_EQUAL(holes::bytes(slab), 0);
  EXPECT_EQUAL(heap.slabs.figures().hole_bytes.get(), 0);
  check_everything();
  heap.slabs.give_back(size_class, all.data(), all.size());
  heap.slabs.settle_currents(0);
}

// A refused page is no hole.
void check_refusal(Heap& heap, unsigned size_class)
{
  Model model(heap, size_class);
  model.fill_and_drop_most(5, 100);
  size_t purges = usage::purges.load();
  faults::stays.store(true);
  faults::countdown.store(0);
  EXPECT_EQUAL(make_all(heap), 0);
  faults::countdown.store(-1);
  faults::stays.store(false);
  EXPECT_EQUAL(heap.slabs.figures().hole_bytes.get(), 0);
  EXPECT_EQUAL(usage::purges.load(), purges);
  model.check();
  model.drop_all();
}

// An owner at work makes holes of what was rather empty for the delay.
void check_delay(Heap& heap)
{
  constexpr unsigned size_class = 10;
  Model model(heap, size_class);
  model.fill_and_drop_most(5, 400);
  heap.slabs.settle_currents(0);
  const Count& hole_bytes = heap.slabs.figures().hole_bytes;
  uint64_t now = heap.turn_ms + 10 * options.purge_delay_ms;
  uint64_t delay = options.purge_delay_ms;
  for (uint64_t at : {now, now + delay / 2, now + delay - 1})
  {
    heap.make_old_holes(at);
    EXPECT_EQUAL(hole_bytes.get(), 0);
  }
  heap.make_old_holes(now + delay);
  EXPECT((hole_bytes.get() > 0) == (os::page_bytes() < size_classes.of[size_class].slab_bytes()));
  model.check();
  model.check_pages();
  model.drop_all();
}

// Where little is free, huge pages stay whole unless all is asked for.
void check_what_pays(Heap& heap)
{
  constexpr unsigned size_class = 10;
  constexpr auto that_pay = Slabs::Which::that_pay;
  const Count& hole_bytes = heap.slabs.figures().hole_bytes;
  size_t slab_bytes = size_classes.of[size_class].slab_bytes();
  if (os::page_bytes() > slab_bytes / 16)
    return;
  size_t objects = size_classes.of[size_class].slab_objects;
  std::vector<void*> all;
  for (size_t number = 0; number < 200 * objects; number++)
    all.push_back(take(heap, size_class));
  empty_magazine(heap, size_class);
  std::sort(all.begin(), all.end());
  auto drop_runs = [&](size_t percent) { // of each slab that share, at its end
    std::vector<void*> dropped;
    auto is_dropped = [&](void* object) {
      return uintptr_t(object) - slab_of(uintptr_t(object))->base >= slab_bytes / 100 * (100 - percent);
    };
    std::copy_if(all.begin(), all.end(), std::back_inserter(dropped), is_dropped);
    all.erase(std::remove_if(all.begin(), all.end(), is_dropped), all.end());
    heap.slabs.give_back(size_class, dropped.data(), dropped.size());
    heap.slabs.settle_currents(0);
  };
  drop_runs(20);
  while (heap.make_holes(that_pay))
    ;
  EXPECT_EQUAL(hole_bytes.get(), 0);
  EXPECT(heap.slabs.first_to_see(size_class, that_pay) == nullptr); // they are not looked at again
  check_everything();
  EXPECT((make_all(heap) != 0) == (hole_bytes.get() != 0) && hole_bytes.get() > 0);
  size_t made = hole_bytes.get();
  drop_runs(60);
  while (heap.make_holes(that_pay))
    ;
  EXPECT(hole_bytes.get() >= 2 * made);
  check_everything();
  heap.slabs.give_back(size_class, all.data(), all.size());
  heap.slabs.settle_currents(0);
  EXPECT_EQUAL(hole_bytes.get(), 0);
}

// A slice ends, and the next one goes on where it ended.
void check_slices(Heap& heap)
{
  constexpr unsigned size_class = 10;
  Model model(heap, size_class);
  model.fill_and_drop_most(400, 200);
  heap.slabs.settle_currents(0);
  size_t slices = 0;
  for (bool has_more = true; has_more; slices++)
  {
    size_t calls = os::calls.load();
    size_t bytes = heap.slabs.figures().hole_bytes.get();
    has_more = heap.make_holes(Slabs::Which::all);
    EXPECT(os::calls.load() - calls <= config::hole_slice_cost / config::hole_call_cost + 32);
    EXPECT(heap.slabs.figures().hole_bytes.get() - bytes <= (config::hole_slice_cost + 64) * os::page_bytes());
  }
  EXPECT(slices > 2 || os::page_bytes() == size_classes.of[size_class].slab_bytes());
  model.check();
  model.check_pages();
  model.drop_all();
}
} // namespace

int main(int count, char** arguments)
{
  if (count == 2)
    faults::pretended_page_bytes.store(size_t(atol(arguments[1])));
  Heap& heap = *registry::adopt();
  check_order(heap);
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    check_class(heap, size_class);
    check_refusal(heap, size_class);
  }
  check_delay(heap);
  check_what_pays(heap);
  check_slices(heap);
  registry::park(&heap);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}
