// How a case is counted: its threads become steady, meet, work, and meet again.
#pragma once

#include "expect.h"

#include <pthread.h>
#include <thread>
#include <vector>

constexpr size_t KiB = 1024;
constexpr size_t MiB = 1024 * KiB;

// What was counted in one case.
struct Row
{
  size_t operations = 0;
  uint64_t locks = 0;    // of these:
  uint64_t space = 0;    // the address space's,
  uint64_t registry = 0; // that of all heaps, and
  uint64_t arena = 0;    // that of memory for metadata. The rest are those of private heaps
  uint64_t batches = 0;
  counted::Counts counts{};
};

// The name of the case.
inline char label[64];

class Window
{
public:
  // For so many threads, which do so many operations together.
  Window(unsigned threads, size_t all_operations) : operations(all_operations)
  {
    EXPECT(pthread_barrier_init(&barrier, nullptr, threads + 1) == 0);
  }

  // Each of the threads.
  void begin()
  {
    meet();
    meet();
  }
  void end() { begin(); }

  // Who counts what they do between the two.
  Row count()
  {
    Row row;
    meet();
    size_t batches_before = sn::registry::sums().batches_sent;
    counted::begin();
    meet();
    meet();
    counted::end(label, operations);
    row.operations = operations;
    row.counts = counted::read();
    row.locks = counted::all_acquisitions();
    row.space = counted::acquisitions_of(&sn::space::lock.word);
    row.registry = counted::acquisitions_of(&sn::registry::lock.word);
    row.arena = counted::acquisitions_of(&sn::arena::lock.word);
    row.batches = sn::registry::sums().batches_sent - batches_before;
    meet();
    return row;
  }

private:
  void meet() { pthread_barrier_wait(&barrier); }

  size_t operations;
  pthread_barrier_t barrier;
};

// Runs `work(number, window)` on so many threads, each of which does `operations` in the window.
template<typename Work>
Row with_threads(unsigned threads, size_t operations, Work work)
{
  Window window(threads, operations * threads);
  std::vector<std::thread> all;
  for (unsigned number = 0; number < threads; number++)
    all.emplace_back([&, number] { work(number, window); });
  Row row = window.count();
  for (std::thread& one : all)
    one.join();
  return row;
}

// `round()` again and again, first to become steady.
template<typename Round>
void rounds_in(Window& window, size_t before, size_t rounds, Round round)
{
  for (size_t number = 0; number < before; number++)
    round();
  window.begin();
  for (size_t number = 0; number < rounds; number++)
    round();
  window.end();
}

// A meeting of some threads.
class Meeting
{
public:
  explicit Meeting(size_t threads) { EXPECT(pthread_barrier_init(&barrier, nullptr, unsigned(threads)) == 0); }
  void wait() { pthread_barrier_wait(&barrier); }

private:
  pthread_barrier_t barrier;
};

// Lets one thread hand objects to another, some at a time.
class Mailbox
{
public:
  void put(std::vector<void*>& objects) { exchange(objects, true); }
  void take(std::vector<void*>& objects) { exchange(objects, false); }

private:
  void exchange(std::vector<void*>& objects, bool puts)
  {
    pthread_mutex_lock(&mutex);
    while (is_full == puts)
      pthread_cond_wait(&changed, &mutex);
    contents.swap(objects);
    is_full = puts;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }

  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  std::vector<void*> contents;
  bool is_full = false;
};
