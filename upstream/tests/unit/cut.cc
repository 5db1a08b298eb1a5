// Magazines that are cut while their owner's fast paths go on: what is given back, what is left, and what the owner
// makes of it; and cuts that come to nothing, for the owner was there meanwhile, or the system fences nobody.
#include "core.h"

#include <vector>

using namespace sn;

namespace
{
constexpr unsigned size_class = 7; // 64 bytes
constexpr size_t depth = magazine_depth(size_class);
constexpr size_t left = config::cut_left_objects;

// Plays the owner and the claimer.
Heap* heap;

size_t held()
{
  return size_t(heap->tops[size_class] - heap->bottom_of(size_class));
}

std::vector<void*> fill(size_t count)
{
  std::vector<void*> objects;
  for (size_t number = 0; number < count; number++)
  {
    SlowPath slow(*heap);
    objects.push_back(heap->refill(size_class));
  }
  {
    SlowPath slow(*heap);
    heap->retire();
  }
  for (void* object : objects)
    EXPECT(heap->push(size_class, object));
  return objects;
}

template<typename Meanwhile>
bool cut(Meanwhile meanwhile)
{
  HeapCut cut;
  heap->begin_cut(cut);
  meanwhile();
  heap->look_at_cut(cut);
  heap->end_cut(cut);
  return heap->cut_cells_of(size_class) != 0;
}

size_t used_objects()
{
  return heap->slabs.used_objects(size_class);
}

void end_round()
{
  {
    SlowPath slow(*heap);
    heap->retire();
  }
  EXPECT(heap->is_retired());
  EXPECT_EQUAL(used_objects(), 0);
  check_everything();
}

void check_what_is_left()
{
  std::vector<void*> objects = fill(depth);
  EXPECT_EQUAL(heap->cached_objects(size_class), depth);
  EXPECT(cut([] {}));
  EXPECT_EQUAL(used_objects(), left);
  EXPECT_EQUAL(heap->cached_objects(size_class), left);
  check_everything();
  EXPECT(!heap->is_retired());
  for (size_t number = 0; number < left; number++)
    EXPECT(heap->pop(size_class) == objects[depth - 1 - number]);
  EXPECT(heap->pop(size_class) == nullptr);
  EXPECT(!heap->is_retired()); // the null that it begins at is not the lowest
  // The owner has all of its room again.
  {
    SlowPath slow(*heap);
    void* next = heap->refill(size_class);
    EXPECT(next != nullptr && heap->push(size_class, next));
  }
  EXPECT_EQUAL(heap->cut_cells_of(size_class), 0);
  EXPECT_EQUAL(held(), (depth + 1) / 2);
  check_everything();
  for (size_t number = 0; number < left; number++)
    EXPECT(heap->push(size_class, objects[depth - 1 - number]));
  end_round();
}

// A full magazine that was cut has room below: nothing goes to the slabs.
void check_flush()
{
  std::vector<void*> objects = fill(depth);
  EXPECT(cut([] {}));
  std::vector<void*> more;
  for (size_t number = 0; number < 3; number++)
  {
    SlowPath slow(*heap);
    more.push_back(heap->slabs.take(size_class, 1, &objects[0], false, heap->dice) == 1 ? objects[0] : nullptr);
    EXPECT(more.back() != nullptr);
  }
  EXPECT(!heap->push(size_class, more[0]));
  {
    SlowPath slow(*heap);
    heap->flush_half(size_class);
  }
  EXPECT_EQUAL(held(), left);
  EXPECT_EQUAL(heap->cut_cells_of(size_class), 0);
  for (void* object : more)
    EXPECT(heap->push(size_class, object));
  for (size_t number = more.size(); number > 0; number--)
    EXPECT(heap->pop(size_class) == more[number - 1]);
  for (size_t number = 0; number < left; number++)
    EXPECT(heap->pop(size_class) == objects[depth - 1 - number]);
  for (size_t number = 0; number < left; number++)
    more.push_back(objects[depth - 1 - number]);
  for (void* object : more)
    EXPECT(heap->push(size_class, object));
  check_everything();
  end_round();
}

// Twice, with more on top meanwhile.
void check_second_cut()
{
  std::vector<void*> objects = fill(depth / 2);
  EXPECT(cut([] {}));
  size_t first = heap->cut_cells_of(size_class);
  std::vector<void*> more;
  for (size_t number = 0; number < 10; number++)
  {
    void* object;
    SlowPath slow(*heap);
    EXPECT_EQUAL(heap->slabs.take(size_class, 1, &object, false, heap->dice), 1);
    more.push_back(object);
  }
  for (void* object : more)
    EXPECT(heap->push(size_class, object));
  EXPECT(cut([] {}));
  EXPECT_EQUAL(heap->cut_cells_of(size_class), first + 10);
  EXPECT_EQUAL(used_objects(), left);
  check_everything();
  end_round();
}

// The owner is at it meanwhile, so that nothing may be taken, or all.
void check_undone()
{
  for (size_t popped = 0; popped <= depth; popped++)
    for (size_t pushed = 0; pushed <= popped && pushed < left + 3; pushed++)
    {
      std::vector<void*> objects = fill(depth);
      size_t in_hand = 0;
      bool is_made = cut([&] {
        for (size_t number = 0; number < popped && heap->pop(size_class) != nullptr; number++)
          in_hand++;
        for (size_t number = 0; number < pushed && in_hand > 0; number++, in_hand--)
          EXPECT(heap->push(size_class, objects[depth - in_hand]));
      });
      EXPECT(is_made == (held() > 0 && used_objects() < depth));
      EXPECT_EQUAL(used_objects(), in_hand + held());
      check_everything();
      if (!is_made)
        EXPECT_EQUAL(in_hand + held(), depth);
      for (; in_hand > 0; in_hand--)
        EXPECT(heap->push(size_class, objects[depth - in_hand]));
      end_round();
    }
}

// Pops below the cut that came before it, and pushes over it.
void check_overwritten()
{
  for (size_t below = 1; below < 5; below++)
    for (size_t pushed = 0; pushed <= below + left; pushed++)
    {
      std::vector<void*> objects = fill(depth);
      HeapCut cut;
      size_t in_hand = 0;
      for (; in_hand < left + below; in_hand++)
        EXPECT(heap->pop(size_class) != nullptr);
      heap->tops[size_class] += left + below; // the top as the claimer saw it before
      heap->begin_cut(cut);
      heap->tops[size_class] -= left + below;
      for (size_t number = 0; number < pushed; number++, in_hand--) // in another order than before
        EXPECT(heap->push(size_class, objects[depth - left - below + (number + 1) % (left + below)]));
      heap->look_at_cut(cut);
      heap->end_cut(cut);
      EXPECT_EQUAL(heap->cut_cells_of(size_class), 0);
      EXPECT_EQUAL(held(), depth - in_hand);
      for (size_t number = pushed; number > 0; number--)
        EXPECT(heap->pop(size_class) == objects[depth - left - below + number % (left + below)]);
      for (size_t number = depth - left - below; number > 0; number--)
        EXPECT(heap->pop(size_class) == objects[number - 1]);
      EXPECT(heap->pop(size_class) == nullptr);
      for (void* object : objects)
        EXPECT(heap->push(size_class, object));
      end_round();
    }
}

// The system refuses one of the fences of a trim: all is as it was, or as it is to be.
void check_refused_fences()
{
  for (long refused = 0; refused < 4; refused++)
  {
    std::vector<void*> objects = fill(depth);
    faults::countdown.store(refused);
    registry::trim_others(nullptr);
    faults::countdown.store(-1);
    EXPECT_EQUAL(held(), refused < 3 ? depth : left);
    EXPECT_EQUAL(used_objects(), held());
    for (size_t number = 0; number < held(); number++)
      EXPECT(heap->tops[size_class][-ptrdiff_t(number)] == objects[depth - 1 - number]);
    end_round();
  }
}

// The idle thread's rounds: two looks, and a third where the owner's fast paths were there.
void check_rounds()
{
  fill(depth);
  EXPECT(registry::release_resting());
  EXPECT_EQUAL(held(), depth);
  void* object = heap->pop(size_class);
  EXPECT(registry::release_resting()); // it is at work
  EXPECT_EQUAL(held(), depth - 1);
  EXPECT(!registry::release_resting());
  EXPECT_EQUAL(held(), left);
  EXPECT(!registry::release_resting());
  EXPECT(heap->push(size_class, object));
  EXPECT(registry::release_resting());
  EXPECT_EQUAL(held(), left + 1);
  EXPECT(!registry::release_resting());
  EXPECT_EQUAL(held(), left);
  end_round();
}
} // namespace

int main()
{
  heap = registry::adopt();
  options.idle_purge = IdlePurge::automatic; // nobody starts the idle thread here
  check_what_is_left();
  check_flush();
  check_second_cut();
  check_undone();
  check_overwritten();
  if (!os::fence_all_threads())
    return puts("SKIPPED: this system fences no other threads") < 0;
  check_refused_fences();
  check_rounds();
  registry::park(heap);
}
