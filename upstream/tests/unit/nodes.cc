// Threads get parked heaps whose memory lies on their node, on a machine that pretends to have several; and where there
// is one, the system is asked nothing.
#include "core.h"
#include "system.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

using namespace sn;

namespace
{
using Heaps = std::set<Heap*>;

thread_local unsigned my_node = 0;

unsigned pretend()
{
  return my_node;
}

class Gate
{
public:
  explicit Gate(size_t wanted) : missing(wanted) {}

  void pass()
  {
    std::unique_lock<std::mutex> hold(mutex);
    missing--;
    all_are_there.notify_all();
    all_are_there.wait(hold, [this] { return missing == 0; });
  }

private:
  std::mutex mutex;
  std::condition_variable all_are_there;
  size_t missing;
};

void use_heap()
{
  for (size_t size : {8, 100, 3000})
    sn_rust_dealloc(sn_rust_alloc(1, size), 1, size);
}

// Starts a thread on each of these nodes, one after the other; once all have heaps they end in the same order. Returns
// the heaps.
std::vector<Heap*> run_wave(const std::vector<unsigned>& nodes)
{
  std::vector<Heap*> heaps(nodes.size());
  std::vector<std::thread> threads;
  std::list<Gate> gates;
  for (size_t number = 0; number < nodes.size(); number++)
  {
    Gate& has_heap = gates.emplace_back(2);
    Gate& end = gates.emplace_back(2);
    threads.emplace_back([&, number] {
      my_node = nodes[number];
      use_heap();
      heaps[number] = own_heap();
      has_heap.pass();
      end.pass();
    });
    has_heap.pass();
  }
  auto gate = gates.begin();
  for (std::thread& thread : threads)
  {
    (++gate)->pass();
    thread.join();
    ++gate;
  }
  return heaps;
}

// Those that threads of a node had.
Heaps heaps_of(unsigned node, const std::vector<unsigned>& nodes, const std::vector<Heap*>& heaps)
{
  Heaps found;
  for (size_t number = 0; number < nodes.size(); number++)
    if (nodes[number] == node)
      found.insert(heaps[number]);
  return found;
}

// Whatever order threads start and end in, as long as a node has no more of them than before.
void check_waves()
{
  const std::vector<std::vector<unsigned>> waves = {
    {0, 0, 0, 1, 1, 1, 2}, {1, 1, 1, 0, 0, 0}, {0, 1, 0, 1}, {2, 0, 0, 0, 1, 1, 1}, {0, 0, 1, 1}};
  std::vector<Heap*> first = run_wave(waves[0]);
  EXPECT_EQUAL(Heaps(first.begin(), first.end()).size(), waves[0].size());
  size_t heaps = registry::counts().heaps;
  for (int round = 0; round < 10; round++)
    for (const std::vector<unsigned>& nodes : waves)
    {
      std::vector<Heap*> found = run_wave(nodes);
      for (unsigned node : {0, 1, 2})
      {
        Heaps before = heaps_of(node, waves[0], first);
        for (Heap* heap : heaps_of(node, nodes, found))
          EXPECT(before.count(heap) == 1);
      }
      check_everything();
    }
  EXPECT_EQUAL(registry::counts().heaps, heaps);
}

// The newest of its own node comes first, whatever another node's threads have done since.
void check_newest_first()
{
  std::vector<Heap*> heaps = run_wave({0, 0, 1, 1});
  EXPECT(run_wave({0})[0] == heaps[1]);
  EXPECT(run_wave({1})[0] == heaps[3]);
  my_node = 0;
  Heap* borrowed = registry::adopt();
  EXPECT(borrowed == heaps[1]);
  my_node = 1; // while it has the heap
  registry::park(borrowed);
  EXPECT(run_wave({1})[0] == heaps[1]);
  my_node = 0;
}

// Parks one heap for each of these nodes, in this order. No other is parked then.
std::vector<HeapSlot*> park_on(const std::vector<unsigned>& nodes)
{
  static std::vector<Heap*> free_heaps;
  while (is_any_parked() || free_heaps.size() < nodes.size())
    free_heaps.push_back(registry::adopt());
  std::vector<HeapSlot*> parked;
  for (unsigned node : nodes)
  {
    my_node = node;
    parked.push_back(&free_heaps.back()->own_slot());
    registry::park(free_heaps.back());
    free_heaps.pop_back();
  }
  my_node = 0;
  return parked;
}

HeapSlot* adopt_slot()
{
  return &registry::adopt()->own_slot();
}

// A node that has no more takes what was purged, then what is on another node, and makes nothing as long as there is
// any.
void check_exhaustion()
{
  std::vector<HeapSlot*> parked = park_on({0, 1, 1, 1, 2});
  size_t heaps = registry::counts().heaps;
  registry::purge_parked(*parked[1]);
  registry::purge_parked(*parked[4]);
  check_everything();
  for (size_t expected : {0, 1, 4, 3, 2})
    EXPECT(adopt_slot() == parked[expected]);
  EXPECT(registry::counts().heaps == heaps && !is_any_parked());
  parked.push_back(adopt_slot());
  EXPECT_EQUAL(registry::counts().heaps, heaps + 1);
  for (HeapSlot* slot : parked)
    registry::park(slot->heap);
  EXPECT(registry::parked.warm[0] != nullptr && registry::parked.warm[1] == nullptr);
  check_everything();
}

// Where the limit leaves no memory for one that was purged, there are those of other nodes.
void check_refused_memory()
{
  std::vector<HeapSlot*> parked = park_on({1, 1});
  registry::purge_parked(*parked[1]);
  options.memory_limit_bytes = usage::held_bytes.load();
  EXPECT(adopt_slot() == parked[0]);
  EXPECT(registry::adopt() == nullptr);
  options.memory_limit_bytes = ~size_t(0);
  EXPECT(adopt_slot() == parked[1]);
  for (HeapSlot* slot : parked)
    registry::park(slot->heap);
  check_everything();
}

// When too many are warm, memory of the oldest goes back where there are most of them.
void check_surplus(unsigned fuller)
{
  size_t most = registry::most_warm();
  std::vector<unsigned> nodes = {1 - fuller, 1 - fuller};
  nodes.resize(most + 5, fuller);
  std::vector<HeapSlot*> parked = park_on(nodes);
  EXPECT_EQUAL(registry::parked.warm_count, most);
  for (size_t number = 0; number < parked.size(); number++)
    EXPECT((parked[number]->purged_bytes != 0) == (number >= 2 && number < 7));
  check_everything();
}

void check_private_heaps()
{
  my_node = 1;
  sn_heap* there = sn_heap_new();
  my_node = 0;
  sn_heap* here = sn_heap_new();
  sn_heap_delete(here);
  my_node = 1;
  sn_heap_delete(there);
  my_node = 0;
  EXPECT(sn_heap_new() == here); // though another has ended since
  my_node = 1;
  EXPECT(sn_heap_new() == there);
  my_node = 0;
  sn_heap_delete(here);
  sn_heap_delete(there);
  EXPECT(sn_heap_new() == there && sn_heap_new() == here);
  sn_heap_delete(there);
  my_node = 1 + config::nodes;
  sn_heap_delete(here); // lists are shared by nodes beyond the last
  my_node = 1;
  EXPECT(sn_heap_new() == here);
  sn_heap_delete(here);
  my_node = 0;
  check_everything();
}

// The child has the heaps of threads that are gone, each in one list, and goes on as before.
void check_fork()
{
  Gate have_heaps(5);
  Gate end(5);
  std::vector<std::thread> threads;
  for (unsigned node : {0, 1, 1, 0})
    threads.emplace_back([&, node] {
      my_node = node;
      use_heap();
      have_heaps.pass();
      end.pass();
    });
  have_heaps.pass();
  size_t parked_before = registry::counts().parked;
  in_fork([parked_before] {
    EXPECT_EQUAL(registry::counts().parked, parked_before + 4);
    check_everything();
    registry::has_threads.store(true); // as if it had another one
    std::vector<HeapSlot*> parked = park_on({0, 1, 0, 1});
    check_everything();
    my_node = 1;
    for (size_t expected : {3, 1, 2, 0})
      EXPECT(adopt_slot() == parked[expected]);
    check_everything();
  });
  end.pass();
  for (std::thread& thread : threads)
    thread.join();
  check_everything();
}

// What the kernel says of this process in a file.
bool may_use_several_nodes()
{
  FILE* file = fopen("/proc/self/status", "r");
  EXPECT(file != nullptr);
  bool has_several = false;
  char line[2000];
  while (fgets(line, sizeof(line), file) != nullptr)
    if (strncmp(line, "Mems_allowed_list:", 18) == 0)
      has_several = strpbrk(line, ",-") != nullptr;
  fclose(file);
  return has_several;
}

// That threads with heaps of their own make, one after the other, and a private heap.
size_t count_calls()
{
  run_wave({0, 0, 0});
  size_t before = os::calls.load();
  for (int round = 0; round < 10; round++)
    run_wave({0, 0});
  sn_heap_delete(sn_heap_new());
  return os::calls.load() - before;
}

// No call is made but perhaps the first: neither where the kernel's own library answers, nor where nodes are counted
// and there is one.
void check_calls()
{
  size_t calls_of_pretenders = count_calls();
  faults::pretended_node.store(nullptr);
  unsigned node = 0;
  do
    EXPECT(syscall(SYS_getcpu, nullptr, &node, nullptr) == 0);
  while (os::node_of_this_thread() != node); // a thread may move in between
  options.idle_purge = IdlePurge::automatic; // where some calls are not made otherwise
  for (uintptr_t image : {os::auxiliary::image.load(), uintptr_t(0)})
  {
    os::auxiliary::image.store(image);
    os::nodes.store(os::Nodes::unknown);
    size_t before = os::calls.load();
    os::node_of_this_thread();
    bool is_told = os::nodes.load() == os::Nodes::told;
    EXPECT(is_told == (os::node_function.load() != nullptr) && !(is_told && image == 0));
    EXPECT(is_told ? os::calls.load() == before : os::calls.load() <= before + 2);
    bool is_several = os::nodes.load() == os::Nodes::several;
    EXPECT(is_several ? may_use_several_nodes() : count_calls() == calls_of_pretenders);
  }
  // As on a machine with several: then each answer is asked for, where that may be.
  os::nodes.store(os::Nodes::several);
  size_t before = os::calls.load();
  do
    EXPECT(syscall(SYS_getcpu, nullptr, &node, nullptr) == 0);
  while (os::node_of_this_thread() != node);
  EXPECT(os::calls.load() > before);
  options.idle_purge = IdlePurge::never;
  before = os::calls.load();
  EXPECT(os::node_of_this_thread() == 0 && os::calls.load() == before);
}

// A program of one thread asks for no node, whatever it does with private heaps.
void check_one_thread()
{
  faults::pretended_node.store([]() -> unsigned { abort(); });
  use_heap();
  for (int round = 0; round < 3; round++)
    sn_heap_delete(sn_heap_new());
}
} // namespace

int main()
{
  check_one_thread();
  faults::pretended_node.store(pretend);
  check_waves();
  check_newest_first();
  check_exhaustion();
  check_refused_memory();
  check_surplus(0);
  check_surplus(1);
  check_private_heaps();
  check_fork();
  check_calls();
}
