// What sn_trim() reaches: the heaps of threads that ended, that borrowed one, and that sleep.
#include "core.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t object_bytes = 1000;

void* make(size_t size = object_bytes)
{
  void* object = sn_rust_alloc(1, size);
  EXPECT(object != nullptr);
  memset(object, 1, size);
  return object;
}

void drop(void* object, size_t size = object_bytes)
{
  sn_rust_dealloc(object, 1, size);
}

// A thread that runs one function after another, and is asleep in between.
class Sleeper
{
public:
  ~Sleeper()
  {
    is_done = true;
    run([] {});
    thread.join();
  }

  void run(void (*function)())
  {
    std::unique_lock lock(mutex);
    next = function;
    changed.notify_all();
    changed.wait(lock, [this] { return next == nullptr; });
  }

private:
  void loop()
  {
    std::unique_lock lock(mutex);
    while (!is_done)
    {
      changed.wait(lock, [this] { return next != nullptr; });
      next();
      next = nullptr;
      changed.notify_all();
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  void (*next)() = nullptr;
  bool is_done = false;
  std::thread thread{[this] { loop(); }};
};

std::vector<void*>* objects;

void make_many()
{
  objects = new std::vector<void*>;
  for (int number = 0; number < 20000; number++)
    objects->push_back(make());
}

void drop_many()
{
  for (void* object : *objects)
    drop(object);
  delete objects;
}

size_t free_bytes()
{
  return space::figures().dirty_bytes;
}

// All that is left of a heap: what lies in its magazine, and one slab more since it need not start with one. Objects
// freed in order share slabs.
size_t magazine_bytes()
{
  unsigned size_class = class_of(object_bytes - 1);
  return config::magazine_bytes + size_classes.of[size_class].slab_bytes();
}

void check_sleeper_that_freed()
{
  Sleeper sleeper;
  sleeper.run(make_many);
  EXPECT(space::figures().used_bytes >= 20000 * object_bytes);
  sleeper.run(drop_many);
  // A current slab and spare ranges, besides.
  EXPECT(space::figures().used_bytes > magazine_bytes());
  size_t held = usage::held_bytes.load();
  size_t dirty = free_bytes();
  size_t reported = sn_trim();
  EXPECT(dirty > 0 && free_bytes() == 0);
  sn_stats stats;
  sn_read_stats(&stats);
  EXPECT_EQUAL(held - usage::held_bytes.load() + stats.hole_bytes, reported);
  EXPECT(reported > dirty);
  EXPECT(space::figures().used_bytes <= magazine_bytes());
  check_everything();
  sleeper.run(make_many); // its magazines and lists still work
  sleeper.run(drop_many);
}

// The current slab of a class is kept for its owner, however free it is; but not for ever.
void check_current_slabs()
{
  Heap* sleeping = registry::adopt();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    SlowPath slow(*sleeping);
    std::vector<void*> taken{sleeping->refill(size_class)};
    while (void* object = sleeping->pop(size_class))
      taken.push_back(object);
    sleeping->slabs.give_back(size_class, taken.data(), taken.size());
  }
  EXPECT_EQUAL(sleeping->slabs.count(), class_count);
  uint32_t owner = owner_of(own_heap()->tag);
  {
    SlowPath slow(*sleeping);
    EXPECT(sleeping->outbox.open_batch(sleeping->outbox.open_for(owner), owner, 8, sleeping->batches));
  }
  sn_trim();
  EXPECT_EQUAL(sleeping->slabs.count(), 0);
  EXPECT(sleeping->outbox.open_for(owner).batch != nullptr); // its owner may be writing to it
  registry::park(sleeping);
}

// However much is free, a call gives back no more than a slice, or as much as it freed itself.
void check_slices()
{
  constexpr size_t bytes = 60000;
  constexpr size_t most =
    config::block_bytes > config::purge_slice_bytes ? config::block_bytes : config::purge_slice_bytes;
  sn_trim();
  std::vector<void*> made;
  for (size_t number = 0; number < 512 * config::MiB / bytes; number++)
    made.push_back(make(bytes));
  size_t purged_before = usage::purged_bytes.load();
  auto slice_of_last_call = [&purged_before] {
    size_t purged = usage::purged_bytes.load();
    size_t slice = purged - purged_before;
    purged_before = purged;
    return slice;
  };
  size_t slices = 0;
  while (!made.empty())
  {
    drop(made.back(), bytes);
    made.pop_back();
    size_t slice = slice_of_last_call();
    EXPECT(slice <= most);
    slices += slice != 0;
  }
  EXPECT(slices >= 256 * config::MiB / most);
  usleep((config::purge_delay_ms + 100) * 1000);
  size_t expired = free_bytes();
  EXPECT(config::checks || expired > most);
  for (int number = 0; number < 200; number++)
  {
    made.push_back(make(bytes));
    EXPECT(slice_of_last_call() <= most);
  }
  EXPECT(config::checks || free_bytes() < expired - 200 * bytes);
  for (void* object : made)
    drop(object, bytes);
}

// What lies in open batches, of which the sender's fast paths may fill more.
void check_sleeper_that_sent()
{
  sn_trim();
  size_t before = space::figures().used_bytes;
  make_many();
  Sleeper sender;
  sender.run(drop_many);
  sn_trim();
  EXPECT_EQUAL(space::figures().used_bytes, before);
  make_many();
  sender.run(drop_many); // which goes on behind what was posted
  sn_trim();
  EXPECT_EQUAL(space::figures().used_bytes, before);
  check_everything();
}

// Fewer batches than make a sender drain them, and none that is full.
void check_sleeper_that_was_sent()
{
  Sleeper owner;
  owner.run(make_many);
  {
    Sleeper sender;
    sender.run([] {
      for (size_t number = 0; number < objects->size(); number++)
        if (number % 100 != 0)
          drop((*objects)[number]);
    });
    sender.run([] {
      Visit visit;
      SlowPath slow(*visit.heap());
      visit.heap()->post_all();
    });
  }
  HeapSlot& slot = registry::slot_of(owner_of(page_map::find_tag(uintptr_t(objects->front()))));
  EXPECT(!slot.inbox.is_empty());
  sn_trim();
  EXPECT(slot.inbox.is_empty());
  EXPECT_EQUAL(check_everything().small_objects, 200);
  for (size_t number = 0; number < objects->size(); number += 100)
    drop((*objects)[number]);
  delete objects;
  sn_trim();
  EXPECT(space::figures().used_bytes <= magazine_bytes());
}

// What threads without a heap of their own left in the magazines and the outbox of a parked one.
void check_parked()
{
  drop(make()); // this thread has a heap of its own, and adopts none below
  Heap* other = registry::adopt();
  Heap* parked = registry::adopt();
  void* theirs;
  {
    SlowPath slow(*other);
    theirs = other->refill(5);
  }
  {
    SlowPath slow(*parked);
    void* kept = parked->refill(3);
    EXPECT(parked->push(3, kept));
  }
  EXPECT(sn::send(*parked, theirs, page_map::find_tag(uintptr_t(theirs))));
  registry::return_borrowed(parked);
  HeapSlot& slot = parked->own_slot(); // the purge takes the heap's word for it, too
  EXPECT(!parked->is_retired());
  sn_trim();
  EXPECT(!slot.started && slot.purged_bytes >= sizeof(parked->cells));
  EXPECT(other->own_slot().inbox.is_empty());
  registry::park(other);
  sn_trim();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  EXPECT_EQUAL(free_bytes(), 0);
}

// Threads at work meanwhile lose nothing.
void check_busy_threads(int rounds)
{
  std::atomic<bool> stop{false};
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  std::atomic<void*> box[8] = {};
  for (int number = 0; number < 3; number++)
    threads.emplace_back([&] {
      std::vector<void*> mine;
      while (!stop.load())
      {
        for (std::atomic<void*>& out : box)
          if (void* theirs = out.exchange(make(300)))
            mine.push_back(theirs);
        for (int count = 0; count < 2000; count++)
          mine.push_back(make(300));
        for (void* object : mine)
        {
          EXPECT(*static_cast<char*>(object) == 1);
          drop(object, 300);
        }
        mine.clear();
        turns++;
      }
    });
  for (int round = 0; round < rounds || turns.load() < rounds; round++)
  {
    sn_trim();
    sn_stats stats;
    sn_read_stats(&stats);
    EXPECT(
      stats.cached_bytes <= stats.heaps_active * class_count * (config::magazine_bytes + 4 * config::small_max_bytes));
  }
  stop.store(true);
  for (std::thread& thread : threads)
    thread.join();
  for (std::atomic<void*>& left : box)
    if (void* object = left.load())
      drop(object, 300);
  sn_trim();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// Other purgers keep their names, by which a fork that interrupts one knows what not to wait for: also while they have
// nothing in flight, for a fork that is to begin first. Only handlers of that fork do not wait where there are many.
void check_other_purgers()
{
  uintptr_t other = os::this_thread() + 64;
  auto are_others = [other] {
    bool are = true;
    for (const std::atomic<uintptr_t>& name : space::purgers)
      are = are && name.load() == other;
    return are;
  };
  for (std::atomic<uintptr_t>& name : space::purgers)
    name.store(other);
  {
    space::Still still;
    space::purge_all();
    EXPECT(are_others());
  }
  std::atomic<bool> is_done{false};
  std::thread second([&is_done] {
    space::purge_all();
    is_done.store(true);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT(!is_done.load() && are_others());
  space::purgers[3].store(0);
  second.join();
  EXPECT_EQUAL(space::purgers[3].load(), 0);
  space::purgers[3].store(other);
  EXPECT(are_others());
  for (std::atomic<uintptr_t>& name : space::purgers)
    name.store(0);
}
} // namespace

int main()
{
  check_other_purgers();
  check_slices();
  check_parked();
  check_current_slabs();
  check_sleeper_that_freed();
  check_sleeper_that_sent();
  check_sleeper_that_was_sent();
  check_busy_threads(5000);
}
