// Inbox, outbox and batches, and the way of an object from one heap to another and home.
#include "core.h"
#include "random.h"

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
  outbox.start();
  Batch batch{};
  uint32_t owner = 7 + 3 * Outbox::least_places;
  Tag tag = make_tag(owner, size_class);
  char object;
  Outbox::Open& open = outbox.open_for(owner);
  EXPECT(&open == &outbox.own_table[7]);
  EXPECT(!outbox.add(&object, tag));
  open.owner = owner;
  EXPECT(!outbox.add(&object, tag));
  EXPECT(outbox.close(open) == nullptr);
  open.batch = &batch;
  open.capacity = Batch::capacity;
  open.left_bytes = config::outbox_bytes;
  outbox.open_count = 1;
  EXPECT(outbox.close(open) == nullptr && open.batch == &batch);
  EXPECT(!outbox.add(&object, make_tag(owner + Outbox::least_places, size_class))); // another owner's place
  size_t bytes = 0;
  size_t added = 0;
  while (outbox.add(&object + added, tag))
  {
    added++;
    bytes += class_bytes(size_class);
  }
  EXPECT(added == Batch::capacity || bytes >= config::outbox_bytes);
  EXPECT(added <= Batch::capacity && bytes < config::outbox_bytes + class_bytes(size_class));
  EXPECT(outbox.close(open) == &batch && open.batch == nullptr && open.count.load() == 0 && outbox.open_count == 0);
  EXPECT(!outbox.add(&object, tag));
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
    SlowPath slow(*pair.other);
    pair.other->drain_inbox(Heap::To::magazines);
    EXPECT(pair.other->own_slot().inbox.is_empty());
  }
  size_t before = arena::low;
  EXPECT(pair.other->batches.spares[0].count > 0);
  park_cold(pair.other);
  park_cold(pair.own);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  EXPECT_EQUAL(arena::low, before);
}

// Others post what the outbox of a sleeping thread holds, now and then, and each object arrives once.
void check_held()
{
  Pair pair;
  Random random(setting("SN_SEED", 11));
  std::vector<void*> objects;
  for (int number = 0; number < 5000; number++)
    objects.push_back(pair.allocate(unsigned(random.below(40))));
  size_t sent = pair.own->counts.objects_sent.get();
  for (size_t left = objects.size(); left > 0; left--)
  {
    pair.send(objects[left - 1]);
    sent++;
    if (random.one_in(20))
    {
      registry::Turn turn;
      Claimed claimed(pair.own->own_slot().claim);
      pair.own->post_held();
      pair.own->post_held(); // nothing is left to post
      EXPECT_EQUAL(pair.own->counts.objects_sent.get(), sent);
      EXPECT(pair.own->outbox.is_empty());
    }
    if (random.one_in(100))
    {
      SlowPath slow(*pair.own);
      pair.own->post_all();
      if (random.one_in(2))
        pair.own->release_spares();
    }
    if (left % 500 == 0)
      EXPECT_EQUAL(check_everything().small_objects, left - 1);
  }
  registry::drain_due();
  park_cold(pair.own);
  park_cold(pair.other);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// What is sent to a parked heap is freed at once by who sent it.
void check_parked()
{
  Pair pair;
  void* object = pair.allocate(9);
  park_cold(pair.other);
  EXPECT(space::figures().used_bytes > 0);
  pair.send(object);
  {
    SlowPath slow(*pair.own);
    pair.own->post_all();
  }
  EXPECT(!pair.other->own_slot().inbox.is_empty());
  registry::drain_due();
  EXPECT_EQUAL(space::figures().used_bytes, 0);
  park_cold(pair.own);
  check_everything();
}

// What is sent to an owner that sleeps is freed by who sends it, once it is much; not while the owner is at work.
void check_sleeping_owner()
{
  Pair pair;
  HeapSlot& slot = pair.other->own_slot();
  std::vector<void*> objects;
  for (unsigned number = 0; number < (config::max_unread_batches + 10) * Batch::capacity; number++)
    objects.push_back(pair.allocate(0));
  auto send_until_due = [&] {
    while (!objects.empty() && registry::due.first.load() == 0)
    {
      pair.send(objects.back());
      objects.pop_back();
    }
    EXPECT_EQUAL(registry::due.first.load(), owner_of(slot.tag));
    EXPECT(!slot.inbox.is_empty());
  };
  send_until_due();
  EXPECT(pair.other->bracket.begin(slot.claim));
  registry::drain_due();
  EXPECT(registry::due.first.load() == 0 && !slot.inbox.is_empty());
  pair.other->leave();
  send_until_due();
  EXPECT(!objects.empty());
  registry::drain_due();
  EXPECT(slot.inbox.is_empty() && !slot.claim.is_made());
  for (void* object : objects)
    pair.send(object);
  park_cold(pair.own);
  park_cold(pair.other);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// Heaps that are due are drained once each, whoever noted them, also those that are noted meanwhile.
void check_due()
{
  std::vector<Heap*> heaps;
  for (int number = 0; number < 5; number++)
    heaps.push_back(registry::adopt());
  auto is_listed = [](const Heap* heap) { return registry::slot_of(owner_of(heap->tag)).next_due.load() != 0; };
  for (int round = 0; round < 3; round++)
  {
    for (const Heap* heap : {heaps[3], heaps[1], heaps[4], heaps[1]})
      registry::note_due(registry::slot_of(owner_of(heap->tag)));
    for (int number = 0; number < 5; number++)
      EXPECT_EQUAL(is_listed(heaps[size_t(number)]), number == 1 || number >= 3);
    registry::drain_due();
    for (const Heap* heap : heaps)
      EXPECT(!is_listed(heap));
    EXPECT_EQUAL(registry::due.first.load(), 0);
  }
  for (Heap* heap : heaps)
    park_cold(heap);
}

// However many owners there are, each batch carries many objects, and what all of them hold is bounded.
void check_many_owners(size_t owners, size_t size_class, size_t each, size_t least_in_batch)
{
  Heap* own = registry::adopt();
  std::vector<Heap*> heaps;
  std::vector<void*> objects;
  while (heaps.size() < owners)
  {
    heaps.push_back(registry::adopt());
    SlowPath slow(*heaps.back());
    for (size_t number = 0; number < each; number++)
      objects.push_back(heaps.back()->refill(unsigned(size_class)));
  }
  Random random(6);
  EXPECT_EQUAL(check_everything().small_objects, objects.size());
  size_t batches_before = own->counts.batches_sent.get();
  size_t most_held = 0;
  for (size_t left = objects.size(); left > 0; left--)
  {
    std::swap(objects[random.below(left)], objects[left - 1]);
    EXPECT(sn::send(*own, objects[left - 1], page_map::find_tag(uintptr_t(objects[left - 1]))));
    if (left % (objects.size() / 16) == 0)
    {
      size_t held = 0;
      for (const Outbox::Open* open = own->outbox.table; open != own->outbox.end(); open++)
        held += open->count.load() * class_bytes(unsigned(size_class));
      most_held = held > most_held ? held : most_held;
      EXPECT_EQUAL(check_everything().small_objects, left - 1);
    }
  }
  {
    SlowPath slow(*own);
    own->post_all();
  }
  size_t batches = own->counts.batches_sent.get() - batches_before;
  EXPECT(objects.size() >= least_in_batch * batches);
  EXPECT(most_held <= Outbox::held_max_bytes() + owners * class_bytes(unsigned(size_class)));
  registry::drain_due();
  EXPECT(!own->outbox.is_small());
  park_cold(own);
  EXPECT(own->outbox.is_small()); // its places went back
  for (Heap* heap : heaps)
    park_cold(heap);
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}
} // namespace

int main()
{
  check_inbox();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    check_outbox(size_class);
  check_journey();
  check_held();
  check_parked();
  check_sleeping_owner();
  check_due();
  check_many_owners(17, 7, 1000, 100);
  check_many_owners(60, 7, 1000, 90);
  check_many_owners(250, 7, 400, 40);
  check_many_owners(250, 40, 20, 1);
  check_many_owners(1000, 7, 150, 20);
}
