// Actions that libFuzzer chooses, on two threads and by all interfaces, against a shadow that knows what every block
// holds; in builds with checks, where the core looks at all it hands out and takes back, too.
//
// Each action is eight bytes: what to do, on which thread, with which block, alignment, and size; by which interface
// follows from them. The second thread does what it is told while the first waits, so an input does the same each time.
#include "interfaces.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string.h>
#include <thread>
#include <vector>

using namespace sn;
using interfaces::Piece;

namespace
{
struct Action
{
  uint8_t what;
  uint8_t block;
  uint8_t alignment;
  uint8_t size_log2;
  uint32_t size;
};

constexpr size_t most_blocks = 256;
constexpr size_t most_bytes = 64 * config::MiB;
constexpr unsigned inputs_per_walk = 50;

class Game
{
public:
  void act(const Action& action)
  {
    switch (action.what % 8)
    {
    case 0:
    case 1:
      return allocate(action, false);
    case 2:
      return allocate(action, true);
    case 3:
    case 4:
    case 5:
      return blocks.empty() ? void() : free(take(action), action);
    case 6:
      return blocks.empty() ? void() : resize(take(action), action);
    default:
      action.block % 2 == 0 ? space::purge_all() : space::purge_slice();
    }
  }

  // And with them the private heap, which may be in use by nobody else.
  void end()
  {
    for (; !blocks.empty(); blocks.pop_back())
      free(blocks.back(), {});
    sn_heap_delete(heap);
  }

private:
  // Up to 16 MiB; as often near a power of two as anywhere.
  static size_t size_of(const Action& action)
  {
    size_t size = size_t(1) << (action.size_log2 % 25);
    return action.size_log2 < 128 ? action.size % (size + 1) : size + action.size % 17 - std::min(size, size_t(8));
  }

  static Random choices(const Action& action)
  {
    uint64_t seed;
    static_assert(sizeof(seed) == sizeof(action), "each byte counts");
    memcpy(&seed, &action, sizeof(seed));
    return Random(seed);
  }

  Piece take(const Action& action)
  {
    std::swap(blocks[action.block % blocks.size()], blocks.back());
    Piece block = blocks.back();
    blocks.pop_back();
    bytes -= block.size;
    return block;
  }

  void put(Piece block, Random& random)
  {
    if (random.one_in(2))
      interfaces::use_all(block);
    block.stamp = ++stamp * 0x9e3779b97f4a7c15;
    write_contents(block);
    interfaces::check_neighbours(blocks, block);
    blocks.push_back(block);
    bytes += block.size;
  }

  void allocate(const Action& action, bool zeroed)
  {
    size_t alignment = size_t(1) << (action.alignment < 128 ? action.alignment % 5 : action.alignment % 18);
    size_t size = size_of(action);
    if (blocks.size() == most_blocks || bytes + size > most_bytes)
      return;
    Random random = choices(action);
    Piece block = interfaces::make(random, alignment, size, zeroed, heap);
    for (size_t offset = 0; zeroed && offset < block.size; offset++)
      EXPECT(block.start[offset] == 0);
    put(block, random);
  }

  void free(const Piece& block, const Action& action)
  {
    check_contents(block, block.size);
    Random random = choices(action);
    interfaces::drop(random, block, heap);
  }

  void resize(Piece block, const Action& action)
  {
    check_contents(block, block.size);
    Random random = choices(action);
    Piece old = block;
    interfaces::resize(random, block, size_of(action), heap);
    old.start = block.start;
    check_contents(old, block.size);
    put(block, random);
  }

  std::vector<Piece> blocks;
  sn_heap* heap = sn_heap_new();
  size_t bytes = 0;
  uint64_t stamp = 0;
};

// A thread that does one thing at a time for who asks.
class Helper
{
public:
  template<typename Work>
  void run(Work work)
  {
    if (!thread.joinable())
      thread = std::thread([this] { serve(); });
    std::unique_lock<std::mutex> hold(lock);
    job = work;
    is_asked = true;
    changed.notify_all();
    changed.wait(hold, [this] { return !is_asked; });
  }

  // The next job finds a new thread.
  void end()
  {
    if (!thread.joinable())
      return;
    run([this] { ends = true; });
    thread.join();
    ends = false;
  }

private:
  void serve()
  {
    std::unique_lock<std::mutex> hold(lock);
    while (!ends)
    {
      changed.wait(hold, [this] { return is_asked; });
      job();
      is_asked = false;
      changed.notify_all();
    }
  }

  std::thread thread;
  std::mutex lock;
  std::condition_variable changed;
  std::function<void()> job;
  bool is_asked = false;
  bool ends = false;
};

Helper& helper()
{
  static auto* one = new Helper; // for as long as the process
  return *one;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
  static unsigned inputs = 0;
  Game game;
  for (; size >= sizeof(Action); data += sizeof(Action), size -= sizeof(Action))
  {
    Action action;
    memcpy(&action, data, sizeof(action));
    if (action.what < 160)
      game.act(action);
    else if (action.what < 250)
      helper().run([&] { game.act(action); });
    else
      helper().end();
  }
  game.end();
  if (++inputs % inputs_per_walk == 0)
  {
    helper().end();
    Audit::Found found = check_everything();
    EXPECT_EQUAL(found.small_objects + found.large_objects, 0);
  }
  return 0;
}
