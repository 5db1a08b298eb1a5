// A magazine is cut while its owner pops and pushes: heap/cut.h. The cut is the real one; the owner's steps mirror
// Magazines::pop() and push(), and a slow path that waits for the end of the claim.
//
// A fence of all threads is one that the owner passes between any two of its steps, and the claimer waits for.
#include "relacy_atomic.h"

#include "heap/cut.h"
#undef std

#include "run.h"

namespace
{
using sn::racing::Cell;
using sn::racing::Top;

struct CutModel : rl::test_suite<CutModel, 3>
{
  static constexpr size_t object_count = 4; // of which one is the owner's at first
  static constexpr int operations = 4;

  Cell cells[object_count + 1];
  Top top;
  size_t floor = 0; // where the stack begins after the cut
  rl::atomic<bool> is_claimed{true};
  sn::Cut cut;
  rl::mutex lock; // of what follows: it orders no more than the fences do
  rl::condition_variable_any is_said;
  int asked = 0;
  int passed = 0;
  bool has_ended = false;
  int places[object_count] = {}; // in which each object was found

  static void* object(size_t number) { return reinterpret_cast<void*>(number + 1); }
  void find(void* object)
  {
    size_t number = size_t(object) - 1;
    RL_ASSERT(number < object_count && places[number] == 0);
    places[number]++;
  }

  void before()
  {
    cells[0].store(nullptr, rl::mo_relaxed, $);
    for (size_t number = 1; number <= object_count; number++)
      cells[number].store(number < object_count ? object(number) : nullptr, rl::mo_relaxed, $);
    top.store(&cells[object_count - 1], rl::mo_relaxed, $);
  }

  // The owner, before each step.
  void step()
  {
    if (passed == asked)
      return;
    rl::atomic_thread_fence(rl::mo_seq_cst, $);
    say([this] { passed = asked; });
  }

  void ask()
  {
    rl::atomic_thread_fence(rl::mo_seq_cst, $);
    say([this] { asked++; });
  }

  void await(int number)
  {
    lock.lock($);
    while (asked < number || (passed < number && !has_ended))
      is_said.wait(lock, $);
    lock.unlock($);
    rl::atomic_thread_fence(rl::mo_seq_cst, $);
  }

  template<typename Change>
  void say(Change change)
  {
    lock.lock($);
    change();
    is_said.notify_all($);
    lock.unlock($);
  }

  void* pop()
  {
    step();
    Cell* cell = top.load(rl::mo_relaxed, $);
    step();
    void* found = cell->load(rl::mo_relaxed, $);
    step();
    if (found != nullptr)
      top.store(cell - 1, rl::mo_relaxed, $);
    return found;
  }

  void push(void* object)
  {
    step();
    Cell* cell = top.load(rl::mo_relaxed, $) + 1;
    step();
    cell->store(object, rl::mo_relaxed, $);
    step();
    top.store(cell, rl::mo_relaxed, $);
  }

  void own()
  {
    void* held[object_count + operations] = {object(0)};
    size_t first = 0;
    size_t end = 1;
    for (int number = 0; number < operations; number++)
      if (first != end && rl::rand(2) == 0)
        push(held[first++]); // not the one that it popped last
      else if (void* popped = pop())
        held[end++] = popped;
      else
      {
        do
        {
          step();
          rl::yield(1, $);
        } while (is_claimed.load(rl::mo_acquire, $));
        if (void* again = pop())
          held[end++] = again;
        break;
      }
    rl::atomic_thread_fence(rl::mo_seq_cst, $);
    say([this] { has_ended = true; });
    while (first != end)
      find(held[first++]);
  }

  void claim()
  {
    cut.begin(top, &cells[0], 1);
    ask();
  }

  // The same thread in truth. Relacy lets no thread that waits read a second time what it has seen before.
  void go_on_claiming()
  {
#ifdef WEAK_FIRST
    lock.lock($);
    while (asked == 0)
      is_said.wait(lock, $);
    lock.unlock($);
#else
    await(1);
#endif
#ifndef WEAK_LOOK
    cut.look(top);
#endif
#ifndef WEAK_SECOND
    ask();
    await(2);
#endif
#ifdef WEAK_CELL
    bool is_made = cut.place() != nullptr;
#else
    bool is_made = cut.is_made();
#endif
    if (is_made)
    {
      floor = size_t(cut.place() - cells);
      find(cut.taken());
      for (size_t number = 1; number < floor; number++)
        find(sn::racing::read(cells[number]));
    }
    is_claimed.store(false, rl::mo_release, $);
  }

  void thread(unsigned number)
  {
    if (number == 0)
      own();
    else if (number == 1)
      claim();
    else
      go_on_claiming();
  }

  void after()
  {
    for (Cell* cell = top.load(rl::mo_relaxed, $); cell != &cells[floor]; cell--)
      find(cell->load(rl::mo_relaxed, $));
    for (int found : places)
      RL_ASSERT(found == 1);
  }
};
} // namespace

int main()
{
  return run<CutModel>();
}
