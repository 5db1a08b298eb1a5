// Heaps and threads: parking, adopting, borrowing, claiming, and mail that crosses a thread's end.
#include "core.h"
#include "system.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
void* make(size_t size = 100)
{
  void* object = sn_rust_alloc(1, size);
  EXPECT(object != nullptr);
  *static_cast<char*>(object) = 1;
  return object;
}

void drop(void* object)
{
  sn_rust_dealloc(object, 1, 100);
}

template<typename Function>
void in_thread(Function function)
{
  std::thread(function).join();
}

// Runs a function on a thread whose exit hook ran already.
void (*function_after_exit)();

void after_exit(void*)
{
  EXPECT(own_heap() == nullptr);
  function_after_exit();
  function_after_exit = nullptr;
}

void in_thread_after_exit(void (*function)())
{
  function_after_exit = function;
  in_thread([] {
    drop(make());
    call_late(&function_after_exit);
  });
  EXPECT(function_after_exit == nullptr);
}

// As on Windows, where the hook runs for threads that never used the allocator, too. First of all.
void check_exit_before_the_first_heap()
{
  in_thread([] {
    os::hooks.thread_exit();
    EXPECT(own_heap() == nullptr && registry::counts().heaps == 0);
    void* small = make();
    void* large = make(config::MiB);
    EXPECT(own_heap() == nullptr && registry::counts().heaps == registry::counts().parked);
    drop(small);
    drop(large);
  });
  EXPECT_EQUAL(registry::counts().heaps, 1);
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

void check_adoption()
{
  Heap* first = nullptr;
  in_thread([&] {
    drop(make());
    first = own_heap();
    EXPECT(!first->own_slot().parked.load());
  });
  EXPECT(first->own_slot().parked.load());
  size_t heaps = registry::counts().heaps;
  in_thread([&] {
    drop(make());
    EXPECT(own_heap() == first);
  });
  EXPECT_EQUAL(registry::counts().heaps, heaps);
  EXPECT(first->kept_bytes != 0 && first->slabs.count() == 1);
  retire_all_heaps();
  EXPECT_EQUAL(space::figures().used_bytes, 0);
}

size_t used_bytes()
{
  return space::figures().used_bytes;
}

// The next thread has what one that took little leaves. Nobody keeps it for long: not the idle thread, ticks of others
// and trims.
void check_warm()
{
  static void* object;
  auto use_little = [] {
    object = make(3000);
    drop(make());
    sn_rust_dealloc(object, 1, 3000);
  };
  in_thread(use_little);
  size_t little = used_bytes();
  EXPECT(little > 0 && registry::kept_bytes.load() > 0);
  in_thread([&] {
    void* before = object;
    use_little();
    EXPECT(object == before && used_bytes() == little);
    EXPECT_EQUAL(registry::kept_bytes.load(), 0); // while a thread has it
  });
  EXPECT(registry::release_resting());
  EXPECT_EQUAL(used_bytes(), little);
  registry::release_resting();
  EXPECT_EQUAL(used_bytes() + registry::kept_bytes.load(), 0);
  in_thread(use_little);
  registry::release_idle(nullptr);
  EXPECT_EQUAL(used_bytes(), little);
  in_thread(use_little);
  registry::release_idle(nullptr);
  EXPECT_EQUAL(used_bytes(), little);
  registry::release_idle(nullptr);
  EXPECT_EQUAL(used_bytes() + registry::kept_bytes.load(), 0);
  in_thread(use_little);
  registry::trim_others(nullptr);
  EXPECT_EQUAL(used_bytes() + registry::kept_bytes.load(), 0);
  in_thread([&] {
    std::vector<void*> much;
    for (size_t bytes = 0; bytes <= config::parked_slab_bytes; bytes += 3000)
      much.push_back(make(3000));
    for (void* one : much)
      sn_rust_dealloc(one, 1, 3000);
  });
  EXPECT_EQUAL(used_bytes() + registry::kept_bytes.load(), 0);
  check_everything();
}

void check_many()
{
  size_t heaps_before = registry::counts().heaps;
  for (int round = 0; round < 3; round++)
  {
    std::vector<std::thread> threads;
    for (int number = 0; number < 50; number++)
      threads.emplace_back([] {
        std::vector<void*> objects;
        for (size_t size = 1; size <= 100; size++)
          objects.push_back(make(size * 50));
        for (void* object : objects)
          drop(object);
      });
    for (std::thread& thread : threads)
      thread.join();
    EXPECT(registry::kept_bytes.load() <= config::parked_slab_bytes);
    check_everything();
    registry::trim_others(nullptr);
    EXPECT_EQUAL(used_bytes() + registry::kept_bytes.load(), 0);
  }
  registry::Counts counts = registry::counts();
  EXPECT(counts.heaps == counts.parked && counts.heaps <= heaps_before + 51);
}

// Heaps that are parked beyond the first few keep almost nothing, and come back whole.
void check_purge_of_parked()
{
  std::vector<Heap*> heaps;
  std::vector<void*> objects;
  for (size_t number = 0; number < registry::most_warm() + 12; number++)
  {
    heaps.push_back(registry::adopt());
    SlowPath slow(*heaps.back());
    objects.push_back(heaps.back()->refill(3));
    void* freed = heaps.back()->refill(4);
    heaps.back()->slabs.give_back(&freed, 1);
  }
  size_t before = usage::held_bytes.load();
  for (Heap* heap : heaps)
    park_cold(heap);
  check_everything();
  auto cells = uintptr_t(heaps[0]->cells); // whole pages of them went back
  size_t cell_bytes = align_down(cells + sizeof(heaps[0]->cells), os::page_bytes()) - align_up(cells, os::page_bytes());
  EXPECT(before - usage::held_bytes.load() >= 10 * cell_bytes);
  for (void* object : objects)
    drop(object);
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
  check_many();
}

// The system takes no memory back while more heaps are parked than may stay warm: it is asked again later.
void check_refused_purge()
{
  std::vector<Heap*> heaps;
  for (size_t number = 0; number < registry::most_warm() + 4; number++)
    heaps.push_back(registry::adopt());
  faults::stays.store(true);
  faults::countdown.store(0);
  for (Heap* heap : heaps)
    registry::park(heap);
  faults::countdown.store(-1);
  faults::stays.store(false);
  EXPECT(registry::parked.warm_count >= heaps.size() && registry::has_surplus.load());
  registry::park(registry::adopt());
  EXPECT_EQUAL(registry::parked.warm_count, registry::most_warm());
  check_everything();
}

void check_late_use()
{
  in_thread_after_exit([] {
    void* small = make();
    void* large = make(config::MiB);
    void* other = sn_rust_alloc_zeroed(8, 3000);
    EXPECT(own_heap() == nullptr);
    large = sn_rust_realloc(large, 1, config::MiB, 3 * config::MiB);
    EXPECT(sn_rust_usable_size(small) >= 100 && sn_rust_usable_size(large) >= 3 * config::MiB);
    drop(small);
    drop(large);
    drop(other);
  });
  check_everything();
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// A heap that was only borrowed keeps objects in its magazines; it must keep them when others write to it.
void check_mail_to_borrowed()
{
  static std::atomic<void*> object;
  std::vector<Heap*> heaps;
  for (size_t number = 0; number < registry::most_warm() + 4; number++)
    heaps.push_back(registry::adopt());
  for (Heap* heap : heaps)
    park_cold(heap);
  in_thread_after_exit([] { object.store(make()); });
  Heap* other = registry::adopt(); // the last one parked: the borrowed one
  Heap* sender = registry::adopt();
  registry::return_borrowed(other);
  EXPECT(sn::send(*sender, object.load(), page_map::find_tag(uintptr_t(object.load()))));
  {
    SlowPath slow(*sender);
    sender->post_all();
  }
  registry::drain_due();
  registry::park(sender);
  check_everything();
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// Frees without memory for a batch go straight to the slabs of an owner that is at work there.
void check_claims(int rounds)
{
  std::atomic<bool> stop{false};
  std::atomic<size_t> claims{0};
  std::vector<std::thread> owners;
  std::atomic<void*> box[2] = {};
  for (std::atomic<void*>& out : box)
    owners.emplace_back([&] {
      std::vector<void*> objects;
      while (!stop.load())
      {
        for (int number = 0; number < 300; number++)
          objects.push_back(make(200));
        void* none = nullptr;
        if (out.compare_exchange_strong(none, objects.back()))
          objects.pop_back();
        while (!objects.empty())
        {
          drop(objects.back());
          objects.pop_back();
        }
      }
    });
  std::thread claimer([&] {
    for (int round = 0; round < rounds || claims.load() <= 10; round++) // however busy the processors are
      for (std::atomic<void*>& in : box)
        if (void* object = in.exchange(nullptr))
        {
          registry::give_back_claimed(object, page_map::find_tag(uintptr_t(object)));
          claims++;
        }
        else
          std::this_thread::yield();
    stop.store(true);
  });
  claimer.join();
  for (std::thread& owner : owners)
    owner.join();
  for (std::atomic<void*>& left : box)
    if (void* object = left.load())
      drop(object);
  EXPECT(claims.load() > 10);
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// Senders post to heaps whose threads end at that moment; no batch stays behind.
void check_mail_at_exit(int rounds)
{
  std::atomic<bool> stop{false};
  std::atomic<void*> box[4] = {};
  std::thread sender([&] {
    while (!stop.load())
      for (std::atomic<void*>& in : box)
        if (void* object = in.exchange(nullptr))
        {
          Visit visit;
          EXPECT(sn::send(*visit.heap(), object, page_map::find_tag(uintptr_t(object))));
          SlowPath slow(*visit.heap());
          visit.heap()->post_all();
        }
    for (std::atomic<void*>& in : box)
      if (void* object = in.exchange(nullptr))
        drop(object);
  });
  for (int round = 0; round < rounds; round++)
  {
    in_thread([&] {
      for (std::atomic<void*>& out : box)
      {
        void* object = make();
        if (void* left = out.exchange(object))
          drop(left);
      }
    });
  }
  stop.store(true);
  sender.join();
  EXPECT_EQUAL(check_everything().small_objects, 0);
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}

// The child finds heaps of threads that are no more, and one whose owner had just tried to enter a slow path.
void check_fork_state()
{
  Heap* other = registry::adopt();
  other->own_slot().thread.store(os::this_thread() + 64);
  EXPECT(registry::stop_for_fork());
  other->bracket.busy.store(1); // the owner is about to see the claim; in the child it never takes this back
  registry::resume_in_child();
  EXPECT(!other->bracket.is_busy());
  EXPECT(other->own_slot().parked.load() && !other->own_slot().claim.is_made());
  check_everything();
}
} // namespace

int main()
{
  set_late_function(after_exit);
  check_exit_before_the_first_heap();
  check_adoption();
  check_warm();
  check_many();
  check_purge_of_parked();
  check_refused_purge();
  check_late_use();
  check_claims(3000);
  check_mail_at_exit(2000);
  check_mail_to_borrowed();
  check_fork_state();
}
