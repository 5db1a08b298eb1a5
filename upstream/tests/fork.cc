// Threads do everything there is to do while their process forks. Each child checks what it got, works on, forks once
// more now and then, and ends; nothing may hang.
//
//   fork storm    forks while threads are at work    SN_FORKS, SN_THREADS
//   fork first    forks while threads use the allocator for the first time, again and again in a process of its own
#include "core.h"

#include <atomic>
#include <string.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
constexpr size_t box_count = 64;
std::atomic<bool> stop{false};
std::atomic<char*> boxes[box_count]; // objects on their way between threads, filled with 1, of 1 to 64 KiB

size_t size_in(size_t box)
{
  return 1024 * (box + 1);
}

void pass(Random& random)
{
  size_t box = random.below(box_count);
  char* object = static_cast<char*>(sn_rust_alloc(8, size_in(box)));
  EXPECT(object != nullptr);
  memset(object, 1, size_in(box));
  object = boxes[box].exchange(object);
  if (object == nullptr)
    return;
  EXPECT(object[0] == 1 && object[size_in(box) - 1] == 1);
  sn_rust_dealloc(object, 8, size_in(box));
}

void hammer(uint64_t seed)
{
  Random random(seed);
  std::vector<void*> objects;
  while (!stop.load())
  {
    size_t size = 1 + random.below(random.one_in(20) ? config::MiB : 2000);
    void* object = sn_rust_alloc(8, size);
    EXPECT(object != nullptr);
    object = sn_rust_realloc(object, 8, size, 2 * size);
    sn_rust_dealloc(object, 8, 2 * size);
    objects.push_back(sn_rust_alloc_zeroed(8, 500));
    if (objects.size() > 300)
      for (; !objects.empty(); objects.pop_back())
        sn_rust_dealloc(objects.back(), 8, 500);
    pass(random);
    if (random.one_in(500))
    {
      uint64_t inner = random.next();
      std::thread([inner] {
        Random own(inner);
        for (int number = 0; number < 100; number++)
          pass(own);
      }).join();
    }
    if (random.one_in(300))
      space::purge_all();
  }
  for (void* object : objects)
    sn_rust_dealloc(object, 8, 500);
}

void wait_for(pid_t child)
{
  int status;
  EXPECT(child > 0 && waitpid(child, &status, 0) == child);
  if (status != 0)
  {
    fprintf(stderr, "a child ended with status %x\n", unsigned(status));
    _exit(1);
  }
}

pid_t fork_child(const Random& random, int more_forks);

[[noreturn]] void live_as_child(Random random, int more_forks)
{
  alarm(30);
  expect_sound_space();
  expect_sound_heaps(own_heap());
  for (int number = 0; number < 50; number++)
    pass(random);
  if (more_forks > 0)
    wait_for(fork_child(random, more_forks - 1));
  for (size_t box = 0; box < box_count; box++)
    if (char* object = boxes[box].exchange(nullptr))
    {
      EXPECT(object[0] == 1 && object[size_in(box) - 1] == 1);
      sn_rust_dealloc(object, 8, size_in(box));
    }
  retire_all_heaps();
  expect_sound_space();
  _exit(0);
}

pid_t fork_child(const Random& random, int more_forks)
{
  pid_t child = fork();
  if (child == 0)
    live_as_child(random, more_forks);
  return child;
}

void fork_while_hammered(Random random, uint64_t forks, uint64_t thread_count)
{
  std::vector<std::thread> threads;
  for (uint64_t number = 0; number < thread_count; number++)
    threads.emplace_back(hammer, random.next());
  for (uint64_t number = 0; number < forks; number++)
  {
    wait_for(fork_child(random, number % 8 == 0));
    pass(random);
  }
  stop.store(true);
  for (std::thread& thread : threads)
    thread.join();
  for (size_t box = 0; box < box_count; box++)
    if (char* object = boxes[box].exchange(nullptr))
      sn_rust_dealloc(object, 8, size_in(box));
  retire_all_heaps();
  EXPECT_EQUAL(check_everything().used_bytes, 0);
}
} // namespace

int main(int count, char** arguments)
{
  EXPECT(count == 2);
  uint64_t seed = setting("SN_SEED", uint64_t(time(nullptr)));
  printf("SN_SEED=%llu\n", (unsigned long long)seed);
  fflush(stdout);
  Random random(seed);
  if (strcmp(arguments[1], "storm") == 0)
  {
    pass(random);
    fork_while_hammered(random, setting("SN_FORKS", 2000), setting("SN_THREADS", 3));
    return 0;
  }
  for (int round = 0; round < 200; round++, random.next())
  {
    pid_t process = fork();
    if (process == 0)
    {
      fork_while_hammered(random, 1, 3);
      _exit(0);
    }
    wait_for(process);
  }
}
