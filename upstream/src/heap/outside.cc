// What others give back of heaps: of all in a trim; and of those that have long been at rest, by the idle thread.
#include "heap/registry_state.h"
#include "range/space.h"

namespace sn::registry
{
namespace
{
// What the idle thread has seen of a heap: marks in its `busy`.
constexpr uint32_t seen = 2;     // it was there,
constexpr uint32_t released = 4; // gave back all but what magazines hold,
constexpr uint32_t emptied = 6;  // and most of that,
constexpr uint32_t hollowed = 8; // and the pages in its slabs that nobody uses

void release_parked(HeapSlot& slot)
{
  slot.heap->drain_inbox();
  slot.heap->release_spares();
  purge_memory(slot);
}

// Heaps of living threads that are claimed together, so that two fences serve the magazines of all. Few enough: their
// owners wait for all of them. Zero at first; the registry's lock is held.
class Together
{
public:
  bool is_full() const { return count == most; }

  // Claims the heap, unless it is: by the calling thread, which forks. Its owner may be in a slow path.
  void claim(HeapSlot& slot)
  {
    bool is_claimed = slot.claim.is_made();
    if (!is_claimed)
      slot.claim.make();
    members[count].slot = &slot;
    members[count++].is_to_end = !is_claimed;
  }

  // Ends the last claim.
  void leave_out()
  {
    if (members[--count].is_to_end)
      members[count].slot->claim.end();
  }

  void wait_until_left()
  {
    for_each([](Member& member) { member.slot->heap->bracket.wait_until_left(); });
  }

  // Gives back all that can be, leaves the mark unless it is 0, and ends the claims. No owner is in a slow path.
  void release(uint32_t mark)
  {
    cut_magazines();
    for_each([mark](Member& member) {
      member.slot->heap->release_from_outside();
      if (mark != 0)
        member.slot->heap->bracket.set_mark(mark);
    });
    while (count > 0)
      leave_out();
  }

private:
  static constexpr unsigned most = config::cuts_magazines ? 16 : 1;

  struct Member
  {
    HeapSlot* slot;
    bool is_to_end; // the claim
    HeapCut cut;
  };

  // A signal may have made this a child of fork meanwhile, in which some heaps are lost.
  template<typename Visit>
  void for_each(Visit visit)
  {
    for (Member* member = members; member != members + count; member++)
      if (!member->slot->is_ended)
        visit(*member);
  }

  void cut_magazines()
  {
    if (!config::cuts_magazines || count == 0 || !os::fence_all_threads()) // which the system may not know
      return;
    for_each([](Member& member) { member.slot->heap->begin_cut(member.cut); });
    bool is_seen = os::fence_all_threads();
    if (is_seen)
      for_each([](Member& member) { member.slot->heap->look_at_cut(member.cut); });
    bool is_done = is_seen && os::fence_all_threads();
    for_each([is_done](Member& member) {
      if (is_done)
        member.slot->heap->end_cut(member.cut);
      else
        member.slot->heap->undo_cut(member.cut);
    });
  }

  Member members[most];
  unsigned count;
};
SN_CONSTINIT Together together{};

// Takes a heap of a living thread together with others if it has been at rest; parked ones are released at once.
// Whether it may have more to give back later.
bool look_at(HeapSlot& slot)
{
  if (!slot.started || slot.is_ended)
    return false;
  Heap& heap = *slot.heap;
  bool have_tops_moved = heap.have_tops_moved();
  if (heap.bracket.mark() >= emptied && slot.inbox.is_empty() && !have_tops_moved)
    return false;
  together.claim(slot); // a parked one, too, which has nobody to keep out
  bool is_busy = heap.bracket.is_busy();
  uint32_t mark = heap.bracket.mark();
  bool is_parked = slot.parked.load(std::memory_order_relaxed);
  if (!is_busy && mark != 0 && !is_parked && !have_tops_moved)
    return false;
  if (!is_busy && mark == 0)
    heap.bracket.set_mark(seen);
  else if (!is_busy && is_parked)
    release_parked(slot);
  else if (!is_busy && (mark == seen || !slot.inbox.is_empty()))
    heap.release_from_outside();
  if (!is_busy && mark != 0 && slot.started)
    heap.bracket.set_mark(is_parked ? emptied : released);
  together.leave_out();
  return is_busy || mark == 0 || !is_parked;
}

bool make_holes_if_resting(HeapSlot& slot)
{
  Turn turn;
  auto is_due = [&slot] {
    uint32_t mark = slot.heap->bracket.mark();
    return mark == released || mark == emptied;
  };
  if (!slot.started || slot.is_ended || !is_due())
    return false;
  Claimed claimed(slot.claim);
  if (slot.heap->bracket.is_busy() || !is_due())
    return false;
  bool has_more = slot.heap->make_holes(Slabs::Which::that_pay);
  if (!has_more && slot.heap->bracket.mark() == emptied)
    slot.heap->bracket.set_mark(hollowed);
  return has_more;
}

bool trim_some_of_slabs(HeapSlot& slot, Heap* own, size_t slices)
{
  auto has_more = [slices](Heap& heap) { return heap.make_holes(Slabs::Which::all) && slices < heap.slab_count(); };
  if (slot.heap == own)
  {
    SlowPath slow(*own);
    return has_more(*own);
  }
  Turn turn;
  if (!slot.started || slot.is_ended)
    return false;
  Claimed claimed(slot.claim, slot.heap->bracket);
  return !slot.is_ended && has_more(*slot.heap);
}
} // namespace

// A few heaps at a time, so that others need not wait for all.
bool release_resting()
{
  bool has_more = false;
  uint32_t end = slot_count.load(std::memory_order_acquire);
  for (uint32_t owner = 1; owner < end;)
  {
    Turn turn;
    for (; owner < end && !together.is_full(); owner++)
      has_more |= look_at(slot_of(owner));
    together.release(emptied);
  }
  return has_more;
}

bool make_holes_of_resting()
{
  bool has_more = false;
  for_each_slot([&has_more](HeapSlot& slot) { has_more |= make_holes_if_resting(slot); });
  return has_more;
}

// Others need not wait for all of a heap. Nor is its owner waited for, which may go on to free.
void trim_slabs(Heap* own)
{
  for_each_slot([own](HeapSlot& slot) {
    for (size_t slices = 0; trim_some_of_slabs(slot, own, slices); slices++)
      ;
  });
}

void trim_others(Heap* own)
{
  Turn turn;
  auto others = [own](auto visit) {
    for_each_slot([own, visit](HeapSlot& slot) {
      if (slot.heap != own && slot.started && !slot.is_ended)
        visit(slot);
    });
  };
  // What a parked heap held back must have arrived before its receivers are drained, and those are visited below.
  others([](HeapSlot& slot) {
    if (!slot.parked.load(std::memory_order_relaxed))
      return;
    slot.heap->retire();
  });
  drain_due();
  auto release = [] {
    together.wait_until_left();
    together.release(0);
  };
  others([release](HeapSlot& slot) {
    if (slot.parked.load(std::memory_order_relaxed))
    {
      release_parked(slot);
      return;
    }
    together.claim(slot);
    if (together.is_full())
      release();
  });
  release();
  for_each_slot([](HeapSlot& slot) {
    if (slot.is_ended && slot.started && slot.parked.load(std::memory_order_relaxed))
      purge_memory(slot);
  });
}
} // namespace sn::registry
