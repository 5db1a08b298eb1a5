#include "front/free.h"

#include "front/kept.h"
#include "front/profile.h"

namespace sn
{
namespace
{
// The object goes to the heap that owns it. False: there is no memory for a batch.
bool send(Heap& heap, void* object, Tag tag)
{
  if (SN_LIKELY(heap.outbox.add(object, tag)))
    return true;
  SlowPath slow(heap);
  return heap.send(object, tag);
}

void push_after_flush(Heap& heap, void* object, unsigned size_class)
{
  if (heap.push(size_class, object))
    return;
  SlowPath slow(heap);
  heap.flush_half(size_class);
  heap.push(size_class, object);
}

// For exact figures: an object that is about to go home, in whichever way. Whether it is counted there when it arrives.
bool note_coming(Tag tag)
{
  if constexpr (!config::counts_operations)
    return false;
  HeapSlot& owner = registry::slot_of(owner_of(tag));
  if (owner.is_private)
    owner.heap->coming_bytes.fetch_add(counted_bytes(kind_of(tag)), std::memory_order_relaxed);
  return owner.is_private;
}

bool free_small(void* object, Tag tag, Heap* private_heap)
{
  bool is_its_own = private_heap != nullptr && owner_of(tag) == owner_of(private_heap->tag);
  Visit visit(is_its_own ? private_heap : nullptr); // only the heap of a thread sends
  Heap* heap = visit.heap();
  if (heap == nullptr)
  {
    note_coming(tag);
    return false;
  }
  if (owner_of(tag) == owner_of(heap->tag))
  {
    if constexpr (config::checks)
      if (CheckedObject arrived = CheckedObject::at(object); arrived.facts().is_sent())
        arrived.receive();
    push_after_flush(*heap, object, kind_of(tag));
  }
  else
  {
    bool is_counted_there = note_coming(tag);
    if (!send(*heap, object, tag))
      return false;
    if (is_counted_there)
    {
      count_freed_object(kind_of(tag));
      return true;
    }
  }
  count_free(*heap, kind_of(tag));
  return true;
}

SN_COLD void free_by_tag(void* object, Tag tag, Heap* private_heap)
{
  if (tag == large_tag)
  {
    profile::before_free(object);
    free_large(object, {}, private_heap);
  }
  else if (tag == no_tag)
    free_nothing(object);
  else if (!free_small(object, tag, private_heap))
  {
    count_freed_object(kind_of(tag));
    registry::give_back_claimed(object, tag);
  }
}
} // namespace

SN_COLD void free_nothing(const void* pointer)
{
  if (pointer != nullptr)
    misuse::no_object(misuse::Act::free, pointer);
}

namespace
{
// By free_slow(), which is to need no stack frame for small objects.
SN_NOINLINE void free_large_quickly(void* object)
{
  if (SN_UNLIKELY(!keep(page_map::entry_of(uintptr_t(object)))))
    free_by_tag(object, large_tag, nullptr);
}
} // namespace

// What a thread that frees others' objects does most. No batch is ever open for owner 0, which large and foreign
// objects have, nor for the thread itself.
void free_slow(void* object, Heap* private_heap)
{
  Tag tag = page_map::find_tag(uintptr_t(object));
  if (tag == large_tag && private_heap == nullptr)
    return free_large_quickly(object);
  if (!config::counts_operations && private_heap == nullptr)
    if (Heap* heap = own_heap(); heap != nullptr && SN_LIKELY(heap->outbox.add(object, tag)))
      return;
  free_by_tag(object, tag, private_heap);
}
} // namespace sn
