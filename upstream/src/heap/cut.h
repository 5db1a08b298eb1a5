// How the lower part of a magazine is taken away while its owner's fast paths go on. For owners that sleep: the objects
// in their magazines keep slabs from ending, and no slow path comes.
//
//   cells:  null | object | … | object | object | object | object |      (unused up to the limit)
//            ▲     └──── the claimer's ───┘  ▲               ▲
//          bottom                   the cut: null           top
//
//   owner's fast paths                         claimer, to whom the slow paths wait
//                                              q = exchange(cut, null), at some cell below the top
//   pop: cell = top; if *cell is not null:     FENCE of all threads
//        top = cell - 1                        the top is above the cut; else undo
//   push: top[1] = object; top = top + 1       FENCE of all threads
//                                              the cut is still null: q and all below it are taken; else nothing is
//
// A fence of all threads is one that each of them passes at some point between two instructions; all that it did before
// that point can be seen afterwards, and it sees all that was done before the fence.
//
// 1. Whoever begins a pop after the first fence finds null at the cut, and goes no deeper. Fast paths do one thing at a
//    time: compilers keep their loads and stores in the order of the program, because for all they know the top is
//    itself in a cell. So at the point of the first fence one pop at most has loaded a cell and not yet stored the top,
//    or had that done to it by a signal; and the top is what it loaded.
// 2. If that top was at the cut or below, who sees a higher one afterwards sees what pushes stored since; and the first
//    of them wrote to the cut before it stored the top. The second fence makes that visible to who saw the top. So
//    where the cut is null, the top was above it at the first fence, and nobody has q or what lies below.
// 3. Undoing is to put q back where null is. That is right whatever the owner does: either q is in the magazine, and
//    nobody has looked at the cut but a pop that went to the slow path, which looks again; or the top is below, and the
//    cell means nothing; or the owner wrote to the cut, or does so next, for which it popped q first.
// 4. What is left begins at the cut, where null is, as at the bottom of a magazine. The owner's slow paths move it down
//    when they need the room. A child of fork does the same.
//
// By who has claimed the heap, with the registry's lock held.
#pragma once

#include "base/racing.h"
#include "slab/size_class.h"

namespace sn
{
class Cut
{
public:
  // Before the first fence. `left` objects at least remain above.
  void begin(const racing::Top& top, racing::Cell* bottom, size_t left)
  {
    racing::Cell* now = racing::read(top);
    cell = now - bottom > ptrdiff_t(left) ? now - left : nullptr;
    if (cell != nullptr)
      object = racing::exchange(*cell, nullptr);
  }

  // Between the fences.
  void look(const racing::Top& top)
  {
    if (cell != nullptr && racing::read(top) <= cell)
      undo();
  }

  // After the second. Whether it is made: then taken(), and what lies below place(), belong to who made the cut.
  bool is_made() const { return cell != nullptr && racing::read(*cell) == nullptr; }

  // In place of what follows, at any time: one of the fences failed.
  void undo()
  {
    if (cell != nullptr)
      racing::fill(*cell, object);
    cell = nullptr;
  }

  racing::Cell* place() const { return cell; }
  void* taken() const { return object; }

private:
  racing::Cell* cell;
  void* object;
};

// Of all magazines of a heap.
struct HeapCut
{
  Cut of[class_count];
};
} // namespace sn
