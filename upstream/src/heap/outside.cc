// What others give back of heaps: of all in a trim; and of those that have long been at rest, by the idle thread.
#include "heap/registry_state.h"
#include "range/space.h"

#include <utility>

namespace sn::registry
{
namespace
{
// What is known of a heap since it was last in a slow path: marks in its `busy`.
constexpr uint32_t seen = 2;     // it was there,
constexpr uint32_t released = 4; // gave back all but what magazines hold,
constexpr uint32_t emptied = 6;  // and most of that,
constexpr uint32_t hollowed = 8; // and the pages in its slabs that nobody uses, as far as that pays,
constexpr uint32_t trimmed = 10; // and all of them

// Whether it has nothing to give.
bool is_emptied(const HeapSlot& slot, bool have_tops_moved)
{
  return slot.heap->bracket.mark() >= emptied && slot.inbox.is_empty() && !have_tops_moved;
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

  // Ends the claims of heaps whose owners are in slow paths that take long. Whether there are any.
  bool leave_out_busy()
  {
    bool are_there = false;
    for (unsigned number = count; number-- > 0;)
      if (!members[number].slot->heap->bracket.is_left_soon())
      {
        std::swap(members[number], members[count - 1]);
        leave_out();
        are_there = true;
      }
    return are_there;
  }

  // Gives back all that can be, and ends the claims. No owner is in a slow path.
  void release()
  {
    cut_magazines();
    for_each([](Member& member) {
      member.slot->heap->release_from_outside();
      member.slot->heap->bracket.set_mark(emptied);
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

// Parked heaps whose own memory is to go back once the lock is released.
class Resting
{
public:
  bool is_full() const { return count == most; }
  void add(HeapSlot& slot) { slots[count++] = &slot; }
  void purge()
  {
    for (; count > 0; count--)
      purge_parked(*slots[count - 1]);
  }

private:
  static constexpr unsigned most = 16;

  HeapSlot* slots[most];
  unsigned count = 0;
};

// Takes a heap of a living thread together with others if it has been at rest; parked ones are released at once.
// Whether it may have more to give back later.
bool look_at(HeapSlot& slot, Resting& resting)
{
  bool is_parked = slot.parked.load(std::memory_order_relaxed);
  if (!slot.started || (slot.is_ended && !is_parked))
    return false;
  Heap& heap = *slot.heap;
  bool have_tops_moved = heap.have_tops_moved();
  if (is_emptied(slot, have_tops_moved))
    return false;
  together.claim(slot); // a parked one, too, which has nobody to keep out
  bool is_busy = heap.bracket.is_busy();
  uint32_t mark = heap.bracket.mark();
  if (!is_busy && mark != 0 && !is_parked && !have_tops_moved)
    return false;
  if (!is_busy && mark == 0)
    heap.bracket.set_mark(seen);
  else if (!is_busy && is_parked)
  {
    if (!slot.is_ended)
    {
      drain_parked(slot);
      end_kept_slabs(heap);
    }
    resting.add(slot);
  }
  else if (!is_busy && (mark == seen || !slot.inbox.is_empty()))
    heap.release_from_outside();
  if (!is_busy && mark != 0)
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
  auto make_holes = [slices](Heap& heap) { return heap.make_holes(Slabs::Which::all) && slices < heap.slab_count(); };
  if (slot.heap == own)
  {
    SlowPath slow(*own);
    return make_holes(*own);
  }
  bool has_more = false;
  with_claimed(slot, [&](Heap& heap) {
    uint32_t mark = heap.bracket.mark();
    has_more = mark != trimmed && make_holes(heap);
    if (!has_more && mark >= emptied)
      heap.bracket.set_mark(trimmed);
  });
  return has_more;
}

// Whether it is a parked heap that was there at the last call, too.
bool age(HeapSlot& slot)
{
  Turn turn;
  bool is_parked = slot.parked.load(std::memory_order_relaxed);
  if (!slot.started || (slot.is_ended && !is_parked) || (!is_parked && !slot.heap->large_cache.is_idle()))
    return false;
  Claimed claimed(slot.claim);
  Bracket& bracket = slot.heap->bracket;
  if (bracket.is_busy()) // it looks after its own at its next tick
    return false;
  if (!slot.is_ended && slot.heap->large_cache.is_idle()) // a signal may have made this a child of fork meanwhile
    slot.heap->large_cache.age(os::now_ms());
  if (is_parked && bracket.mark() != 0 && !slot.is_ended)
    end_kept_slabs(*slot.heap);
  if (!is_parked || bracket.mark() != 0)
    return is_parked;
  bracket.set_mark(seen);
  return false;
}
} // namespace

void release_idle(Heap* own)
{
  for_each_slot([own](HeapSlot& slot) {
    if (slot.heap != own && age(slot))
      purge_parked(slot);
  });
}

// A few heaps at a time, so that others need not wait for all.
bool release_resting()
{
  bool has_more = false;
  Resting resting;
  uint32_t end = slot_count.load(std::memory_order_acquire);
  for (uint32_t owner = 1; owner < end; resting.purge())
  {
    Turn turn;
    for (; owner < end && !together.is_full() && !resting.is_full(); owner++)
      has_more |= look_at(slot_of(owner), resting);
    together.release();
  }
  drain_due();
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

namespace
{
// What a heap holds back for others must have arrived before its receivers are drained.
void post_held(HeapSlot& slot, Heap* own)
{
  Turn turn;
  if (!slot.started || slot.is_ended || slot.heap == own)
    return;
  if (!slot.parked.load(std::memory_order_relaxed))
  {
    Claimed claimed(slot.claim);
    if (!slot.heap->bracket.is_busy()) // otherwise it is released later: see trim_patiently()
      slot.heap->post_held();
  }
  else if (slot.heap->bracket.mark() != trimmed)
  {
    slot.heap->retire();
    forget_kept_slabs(*slot.heap);
  }
}

// Takes it together with others if it may have anything to give.
void look_to_trim(HeapSlot& slot)
{
  if (!slot.started || slot.is_ended || is_emptied(slot, slot.heap->have_tops_moved()))
    return;
  if (!slot.parked.load(std::memory_order_relaxed))
    return together.claim(slot);
  drain_parked(slot);
  slot.heap->bracket.set_mark(emptied);
}

// Of owners that are in a system call, in turn. Others may have the lock until that ends.
void trim_patiently(Heap* own)
{
  std::atomic<uint32_t> moment{0};
  for_each_slot([&](HeapSlot& slot) {
    for (bool is_busy = slot.heap != own; is_busy; os::wait_briefly(moment, 0))
    {
      Turn turn;
      look_to_trim(slot);
      is_busy = together.leave_out_busy();
      together.release();
      if (!is_busy)
        return;
    }
  });
}
} // namespace

void trim_others(Heap* own)
{
  for_each_slot([own](HeapSlot& slot) { post_held(slot, own); });
  drain_due();
  bool are_busy = false;
  uint32_t end = slot_count.load(std::memory_order_acquire);
  for (uint32_t owner = 1; owner < end;)
  {
    Turn turn;
    for (; owner < end && !together.is_full(); owner++)
      if (slot_of(owner).heap != own)
        look_to_trim(slot_of(owner));
    are_busy |= together.leave_out_busy();
    together.release();
  }
  if (are_busy)
    trim_patiently(own);
  drain_due();
  purge_all_parked();
}
} // namespace sn::registry
