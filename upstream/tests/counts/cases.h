// What the threads of each case do.
#pragma once

#include "random.h"
#include "window.h"

struct Case
{
  const char* name;
  unsigned threads;
  Row (*run)(const Case&);
  size_t bytes = 0;  // of an object; of the largest one
  size_t others = 0; // objects, or threads, as the case says
};

// An operation of most cases is one of these two.
inline void* make(size_t bytes)
{
  void* object = sn_rust_alloc(8, bytes);
  EXPECT(object != nullptr);
  *static_cast<volatile char*>(object) = 1;
  return object;
}

inline void drop(void* object, size_t bytes)
{
  sn_rust_dealloc(object, 8, bytes);
}

inline Row pairs(const Case& one)
{
  constexpr size_t rounds = 10000;
  return with_threads(one.threads, 2 * rounds, [&](unsigned, Window& window) {
    rounds_in(window, rounds / 10, rounds, [&] { drop(make(one.bytes), one.bytes); });
  });
}

// `others` objects at once.
inline Row sets(const Case& one)
{
  constexpr size_t rounds = 50;
  return with_threads(one.threads, rounds * 2 * one.others, [&](unsigned, Window& window) {
    std::vector<void*> objects(one.others);
    rounds_in(window, rounds, rounds, [&] {
      for (void*& object : objects)
        object = make(one.bytes);
      for (void* object : objects)
        drop(object, one.bytes);
    });
  });
}

// Objects of an eighth of the size to all of it, each in the place of one of `others`.
inline Row replace(const Case& one)
{
  struct Object
  {
    void* start = nullptr;
    size_t bytes = 0;
  };
  constexpr size_t rounds = 5000;
  return with_threads(one.threads, 2 * rounds, [&](unsigned number, Window& window) {
    std::vector<Object> objects(one.others);
    Random random(number);
    rounds_in(window, rounds, rounds, [&] {
      Object& object = objects[random.below(objects.size())];
      if (object.start != nullptr)
        drop(object.start, object.bytes);
      object.bytes = one.bytes / 8 + random.below(one.bytes - one.bytes / 8);
      object.start = make(object.bytes);
    });
    for (Object& object : objects)
      if (object.start != nullptr)
        drop(object.start, object.bytes);
  });
}

// A vector grows to that size and is dropped.
inline Row push(const Case& one)
{
  constexpr size_t rounds = 50;
  constexpr size_t first_bytes = 64;
  size_t steps = 0;
  for (size_t bytes = first_bytes; bytes < one.bytes; bytes *= 2)
    steps++;
  return with_threads(one.threads, rounds * (steps + 2), [&](unsigned, Window& window) {
    rounds_in(window, 20, rounds, [&] {
      size_t bytes = first_bytes;
      void* vector = make(bytes);
      for (; bytes < one.bytes; bytes *= 2)
      {
        vector = sn_rust_realloc(vector, 8, bytes, 2 * bytes);
        EXPECT(vector != nullptr);
        memset(static_cast<char*>(vector) + bytes, 1, bytes);
      }
      drop(vector, bytes);
    });
  });
}

// An object that reads as zero, of which each page is used.
inline Row zeroed(const Case& one)
{
  constexpr size_t rounds = 50;
  return with_threads(one.threads, rounds * 2, [&](unsigned, Window& window) {
    rounds_in(window, 20, rounds, [&] {
      auto* object = static_cast<char*>(sn_rust_alloc_zeroed(8, one.bytes));
      EXPECT(object != nullptr);
      for (size_t at = 0; at < one.bytes; at += 4 * KiB)
        object[at] = 1;
      drop(object, one.bytes);
    });
  });
}

// Half of the threads allocate, and each has one that frees that, 1,000 at a time.
inline Row producers(const Case& one)
{
  constexpr size_t at_once = 1000;
  constexpr size_t rounds = 50;
  std::vector<Mailbox> boxes(one.threads / 2);
  return with_threads(one.threads, rounds * at_once, [&](unsigned number, Window& window) {
    Mailbox& box = boxes[number / 2];
    std::vector<void*> objects;
    auto produce = [&] {
      objects.resize(at_once);
      for (void*& object : objects)
        object = make(one.bytes);
      box.put(objects);
    };
    auto consume = [&] {
      box.take(objects);
      for (void* object : objects)
        drop(object, one.bytes);
    };
    if (number % 2 == 0)
      rounds_in(window, 20, rounds, produce);
    else
      rounds_in(window, 20, rounds, consume);
  });
}

// Each thread replaces objects of a set, and then hands the set to the next thread.
inline Row handover(const Case& one)
{
  constexpr size_t rounds = 20;
  constexpr size_t at_once = 1000;
  constexpr size_t steps = 2 * at_once;
  std::vector<Mailbox> boxes(one.threads);
  return with_threads(one.threads, rounds * 2 * steps, [&](unsigned number, Window& window) {
    Random random(number);
    std::vector<void*> objects(at_once);
    for (void*& object : objects)
      object = make(one.bytes);
    rounds_in(window, 10, rounds, [&] {
      for (size_t step = 0; step < steps; step++)
      {
        void*& object = objects[random.below(at_once)];
        drop(object, one.bytes);
        object = make(one.bytes);
      }
      boxes[(number + 1) % one.threads].put(objects);
      boxes[number].take(objects);
    });
  });
}

// One thread frees what `others` allocated, in no order. Of those that sleep each is sent so much that it is drained
// once, and then as much again.
inline Row fan(const Case& one, bool are_gone)
{
  size_t batch = one.others <= 64 ? 126 : 64;
  size_t once = one.others * batch * sn::config::max_unread_batches;
  size_t before = are_gone ? 20000 : once;
  size_t after = are_gone ? 100000 : once;
  std::vector<void*> objects(before + after);
  Meeting allocated(one.others + 1);
  Meeting freed(one.others + 1);
  std::vector<std::thread> owners;
  for (size_t number = 0; number < one.others; number++)
    owners.emplace_back([&, number] {
      for (size_t at = number; at < objects.size(); at += one.others)
        objects[at] = make(one.bytes);
      allocated.wait();
      if (!are_gone)
        freed.wait();
    });
  allocated.wait();
  auto end_owners = [&] {
    for (std::thread& owner : owners)
      owner.join();
  };
  if (are_gone)
    end_owners();
  Random random(1);
  for (size_t left = objects.size(); left > 1; left--)
    std::swap(objects[left - 1], objects[random.below(left)]);
  Row row = with_threads(1, after, [&](unsigned, Window& window) {
    size_t at = 0;
    for (; at < before; at++)
      drop(objects[at], one.bytes);
    window.begin();
    for (; at < objects.size(); at++)
      drop(objects[at], one.bytes);
    window.end();
  });
  if (!are_gone)
  {
    freed.wait();
    end_owners();
  }
  return row;
}

inline Row fan_asleep(const Case& one)
{
  return fan(one, false);
}

inline Row fan_gone(const Case& one)
{
  return fan(one, true);
}

// Private heaps of `others` objects each are made, used and deleted. These are operations, too.
inline Row heaps(const Case& one)
{
  constexpr size_t rounds = 200;
  return with_threads(one.threads, rounds * (one.others + 2), [&](unsigned number, Window& window) {
    Random random(number);
    rounds_in(window, rounds, rounds, [&] {
      sn_heap* heap = sn_heap_new();
      EXPECT(heap != nullptr);
      for (size_t made = 0; made < one.others; made++)
        EXPECT(sn_heap_alloc(heap, 8, 1 + random.below(one.bytes)) != nullptr);
      sn_heap_delete(heap);
    });
  });
}

// Again and again so many threads at once, each of which makes and drops `others` objects. These are the operations.
inline Row waves(const Case& one)
{
  constexpr size_t rounds = 50;
  auto wave = [&] {
    std::vector<std::thread> all;
    for (unsigned number = 0; number < one.threads; number++)
      all.emplace_back([&] {
        std::vector<void*> objects(one.others);
        for (void*& object : objects)
          object = make(one.bytes);
        for (void* object : objects)
          drop(object, one.bytes);
      });
    for (std::thread& thread : all)
      thread.join();
  };
  return with_threads(
    1, rounds * one.threads * 2 * one.others, [&](unsigned, Window& window) { rounds_in(window, 10, rounds, wave); });
}

// One thread works while `others` that have heaps sleep. What it does takes long, and counts as 1,000 operations.
template<typename Round>
Row beside_idle(const Case& one, size_t live_bytes, Round round)
{
  Meeting begun(one.others + 1);
  Meeting ended(one.others + 1);
  std::vector<std::thread> idle;
  for (size_t number = 0; number < one.others; number++)
    idle.emplace_back([&] {
      drop(make(64), 64);
      begun.wait();
      ended.wait();
    });
  begun.wait();
  constexpr size_t rounds = 20;
  Row row = with_threads(1, 1000 * rounds, [&](unsigned, Window& window) {
    void* live = make(live_bytes);
    rounds_in(window, 3, rounds, round);
    drop(live, live_bytes);
  });
  ended.wait();
  for (std::thread& thread : idle)
    thread.join();
  return row;
}

// There is nothing to give back.
inline Row trims(const Case& one)
{
  return beside_idle(one, 64, [] { sn_trim(); });
}

// There would be room if the rest were free.
inline Row refusals(const Case& one)
{
  return beside_idle(one, one.bytes, [&] { EXPECT(sn_rust_alloc(8, one.bytes) == nullptr); });
}
