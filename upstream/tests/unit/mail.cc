// Inbox, outbox and batches, and the way of an object from one heap to another and home.
#include "core.h"

#include <vector>

using namespace sn;

namespace
{
void check_inbox()
{
  Inbox inbox;
  Batch batches[3];
  EXPECT(inbox.is_empty() && inbox.take() == nullptr);
  for (Batch& batch : batches)
    inbox.push(&batch);
  EXPECT(!inbox.is_empty());
  Batch* taken = inbox.take();
  EXPECT(taken == &batches[2] && taken->next == &batches[1] && batches[1].next == &batches[0]);
  EXPECT(batches[0].next == nullptr && inbox.is_empty());
}

void check_outbox(unsigned size_class)
{
  static Outbox outbox;
  Batch batch;
  uint32_t owner = 7 + 3 * Outbox::open_count;
  Tag tag = make_tag(owner, size_class);
  char object;
  Outbox::Open& open = outbox.open_for(owner);
  EXPECT(&open == &outbox.opened[7]);
  EXPECT(!outbox.add(&object, tag));
  open.owner = owner;
  EXPECT(!outbox.add(&object, tag));
  EXPECT(Outbox::close(open) == nullptr);
  open.batch = &batch;
  EXPECT(Outbox::close(open) == nullptr && open.batch == &batch);
  EXPECT(!outbox.add(&object, make_tag(owner + Outbox::open_count, size_class))); // another owner's place
  size_t bytes = 0;
  size_t added = 0;
  while (outbox.add(&object + added, tag))
  {
    added++;
    bytes += class_bytes(size_class);
  }
  EXPECT(added == Batch::capacity || bytes >= config::outbox_bytes);
  EXPECT(added <= Batch::capacity && bytes < config::outbox_bytes + class_bytes(size_class));
  EXPECT(Outbox::close(open) == &batch && open.batch == nullptr && open.bytes == 0 && open.count.load() == 0);
  EXPECT_EQUAL(batch.count, added);
  for (size_t number = 0; number < added; number++)
    EXPECT(batch.objects[number] == &object + number);
}

struct Pair
{
  Heap* own = registry::adopt();
  Heap* other = registry::adopt();

  void* allocate(unsigned size_class)
  {
    if (void* object = other->pop(size_class))
      return object;
    SlowPath slow(*other);
    return other->refill(size_class);
  }

  void send(void* object)
  {
    Tag tag = page_map::find_tag(uintptr_t(object));
    EXPECT_EQUAL(owner_of(tag), owner_of(other->tag));
    EXPECT(sn::send(*own, object, tag));
  }
};

void check_journey()
{
  Pair pair;
  for (unsigned size_class = 0; size_class < class_count; size_class += 3)
  {
    std::vector<void*> objects;
    for (int number = 0; number < 1000; number++)
      objects.push_back(pair.allocate(size_class));
    EXPECT_EQUAL(check_everything().small_objects, 1000);
    for (void* object : objects)
      pair.send(object);
    EXPECT_EQUAL(check_everything().small_objects, 0); // all are in batches
    EXPECT(!pair.other->own_slot().inbox.is_empty());
    {
      SlowPath slow(*pair.own);
      pair.own->post_all();
    }
    while (HeapSlot* slot = pair.own->next_to_drain()) // after many batches
      EXPECT(slot == &pair.other->own_slot());
    SlowPath slow(*pair.other);
    pair.other->drain_inbox();
    EXPECT(pair.other->own_slot().inbox.is_empty());
  }
  size_t before = arena::low;
  EXPECT(pair.other->batches.count > 0);
  registry::park(pair.other);
  registry::park(pair.own);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  EXPECT_EQUAL(arena::low, before);
}

// What is sent to a parked heap is freed at once by who sent it.
void check_parked()
{
  Pair pair;
  void* object = pair.allocate(9);
  registry::park(pair.other);
  EXPECT(space::figures().used_bytes > 0);
  pair.send(object);
  {
    SlowPath slow(*pair.own);
    pair.own->post_all();
  }
  HeapSlot* slot = pair.own->next_to_drain();
  EXPECT(slot == &pair.other->own_slot() && pair.own->next_to_drain() == nullptr);
  registry::drain(*slot);
  EXPECT_EQUAL(space::figures().used_bytes, 0);
  registry::park(pair.own);
  check_everything();
}

// What is sent to an owner that sleeps is freed by who sends it, once it is much.
void check_sleeping_owner()
{
  Pair pair;
  std::vector<void*> objects;
  for (unsigned number = 0; number < config::max_unread_batches * Batch::capacity; number++)
    objects.push_back(pair.allocate(0));
  size_t sent = 0;
  HeapSlot* slot = nullptr;
  while (sent < objects.size() && (slot = pair.own->next_to_drain()) == nullptr)
    pair.send(objects[sent++]);
  if (slot == nullptr)
  {
    SlowPath slow(*pair.own);
    pair.own->post_all();
    slot = pair.own->next_to_drain();
  }
  EXPECT(slot == &pair.other->own_slot() && !slot->inbox.is_empty());
  registry::drain(*slot);
  EXPECT(slot->inbox.is_empty());
  while (sent < objects.size())
    pair.send(objects[sent++]);
  registry::park(pair.own);
  registry::park(pair.other);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// More owners than open batches: they take turns, and nothing is lost.
void check_many_owners()
{
  Heap* own = registry::adopt();
  std::vector<Heap*> heaps;
  std::vector<void*> objects;
  for (unsigned number = 0; number < 3 * Outbox::open_count; number++)
  {
    heaps.push_back(registry::adopt());
    SlowPath slow(*heaps.back());
    for (unsigned size_class = 0; size_class < 5; size_class++)
      objects.push_back(heaps.back()->refill(size_class));
  }
  Random random(6);
  EXPECT_EQUAL(check_everything().small_objects, objects.size());
  for (size_t left = objects.size(); left > 0; left--)
  {
    std::swap(objects[random.below(left)], objects[left - 1]);
    EXPECT(sn::send(*own, objects[left - 1], page_map::find_tag(uintptr_t(objects[left - 1]))));
    EXPECT_EQUAL(check_everything().small_objects, left - 1);
  }
  for (Heap* heap : heaps)
    registry::park(heap);
  registry::park(own);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}
} // namespace

int main()
{
  check_inbox();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    check_outbox(size_class);
  check_journey();
  check_parked();
  check_sleeping_owner();
  check_many_owners();
}
