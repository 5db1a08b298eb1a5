// Actions that libFuzzer chooses, on two threads, against a shadow that knows what every block holds; in builds with
// checks, where the core looks at all it hands out and takes back, too.
//
// Each action is eight bytes: what to do, on which thread, with which block, alignment, and size. The second thread
// does what it is told while the first waits, so an input does the same each time.
#include "block.h"
#include "core.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string.h>
#include <thread>
#include <vector>

using namespace sn;

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
      return blocks.empty() ? void() : free(take(action));
    case 6:
      return blocks.empty() ? void() : resize(take(action), size_of(action));
    default:
      space::purge(action.block % 2 == 0);
    }
  }

  void free_all()
  {
    for (; !blocks.empty(); blocks.pop_back())
      free(blocks.back());
    bytes = 0;
  }

  bool is_empty() const { return blocks.empty(); }

private:
  // Up to 16 MiB; as often near a power of two as anywhere.
  static size_t size_of(const Action& action)
  {
    size_t size = size_t(1) << (action.size_log2 % 25);
    return action.size_log2 < 128 ? action.size % (size + 1) : size + action.size % 17 - std::min(size, size_t(8));
  }

  Block take(const Action& action)
  {
    std::swap(blocks[action.block % blocks.size()], blocks.back());
    Block block = blocks.back();
    blocks.pop_back();
    bytes -= block.size;
    return block;
  }

  void put(Block block)
  {
    CHECK(uintptr_t(block.start) % block.alignment == 0 && sn_rust_usable_size(block.start) >= block.size);
    block.stamp = ++stamp * 0x9e3779b97f4a7c15;
    write_contents(block);
    blocks.push_back(block);
    bytes += block.size;
  }

  void allocate(const Action& action, bool zeroed)
  {
    Block block{nullptr, size_t(1) << (action.alignment < 128 ? 3 : action.alignment % 18), size_of(action), 0};
    if (blocks.size() == most_blocks || bytes + block.size > most_bytes)
      return;
    auto* function = zeroed ? sn_rust_alloc_zeroed : sn_rust_alloc;
    block.start = static_cast<char*>(function(block.alignment, block.size));
    CHECK(block.start != nullptr);
    for (size_t offset = 0; zeroed && offset < block.size; offset++)
      CHECK(block.start[offset] == 0);
    put(block);
  }

  static void free(const Block& block)
  {
    check_contents(block, block.size);
    sn_rust_dealloc(block.start, block.alignment, block.size);
  }

  void resize(Block block, size_t size)
  {
    check_contents(block, block.size);
    block.start = static_cast<char*>(sn_rust_realloc(block.start, block.alignment, block.size, size));
    CHECK(block.start != nullptr);
    check_contents(block, size);
    block.size = size;
    put(block);
  }

  std::vector<Block> blocks;
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
  game.free_all();
  if (++inputs % inputs_per_walk == 0)
  {
    helper().end();
    Walker::Found found = check_everything();
    CHECK_EQUAL(found.small_objects + found.large_objects, 0);
  }
  return 0;
}
