// Random actions, by all interfaces at once, against a shadow that knows what every block holds and where it lies.
//
//   shadow single|threads [pretended page bytes]     SN_SEED, SN_SECONDS, SN_THREADS
//
// Threads trim, and do what the idle thread does, which is not there itself.
// Blocks change their size beside full neighbours, which are looked at each time. Between rounds nothing runs, and
// everything is checked: contents, overlap, and the allocator's own structures.
#include "interfaces.h"
#include "system.h"

#include <map>
#include <mutex>
#include <string.h>
#include <thread>
#include <vector>

using namespace sn;
using interfaces::Piece;

namespace
{
constexpr size_t KiB = config::KiB;
constexpr size_t MiB = config::MiB;

size_t some_size(Random& random)
{
  switch (random.below(64))
  {
  case 0:
    return random.below(4) * random.below(2);
  case 1:
    return 1 + random.below(uint64_t(1) << (15 + random.below(9))); // up to 8 MiB
  case 2:
  case 3:
    return 1 + random.below(256 * KiB);
  case 4:
    return (16 * KiB << random.below(5)) - 8 + random.below(17);
  default:
    return 1 + random.below(uint64_t(1) << (3 + random.below(13)));
  }
}

size_t some_alignment(Random& random)
{
  return random.one_in(8) ? size_t(1) << random.below(22) : size_t(1) << random.below(5);
}

class Player
{
public:
  Player(uint64_t seed, size_t most_blocks, size_t most_bytes)
      : random(seed), most_blocks(most_blocks), most_bytes(most_bytes)
  {}

  void act()
  {
    bool is_full = blocks.size() >= most_blocks || bytes >= most_bytes;
    uint64_t dice = random.below(16);
    if (blocks.empty() || (dice < 7 && !is_full))
      allocate();
    else if (dice < 13)
      free(take());
    else
      resize();
    if (random.one_in(2000))
      sn_trim();
  }

  void put(const Piece& block)
  {
    bytes += block.size;
    blocks.push_back(block);
  }

  // Ends the player's private heap, and with it the blocks that it owns, whoever has them.
  template<typename Players>
  void end_heap(Players& players)
  {
    uint32_t owner = owner_of(reinterpret_cast<Heap*>(heap)->tag);
    for (Player& player : players)
      player.forget(owner);
    sn_heap_delete(heap);
    heap = sn_heap_new();
    EXPECT(heap != nullptr);
  }

  // A random one.
  Piece take()
  {
    std::swap(blocks[random.below(blocks.size())], blocks.back());
    Piece block = blocks.back();
    blocks.pop_back();
    bytes -= block.size;
    return block;
  }

  void free(const Piece& block)
  {
    check_contents(block, block.size);
    interfaces::drop(random, block, heap);
  }

  void free_all()
  {
    while (!blocks.empty())
      free(take());
  }

  Random random;
  std::vector<Piece> blocks;
  sn_heap* heap = sn_heap_new(); // in place of the thread's own, now and then

private:
  void forget(uint32_t owner)
  {
    std::vector<Piece> kept;
    for (const Piece& block : blocks)
    {
      check_contents(block, block.size);
      Tag tag = page_map::find_tag(uintptr_t(block.start));
      if ((tag == large_tag ? large_at(block.start)->owner : owner_of(tag)) != owner)
        kept.push_back(block);
      else
        bytes -= block.size;
    }
    blocks = kept;
  }

  void allocate()
  {
    bool zeroed = random.one_in(4);
    Piece block = interfaces::make(random, some_alignment(random), some_size(random), zeroed, heap);
    if (zeroed)
      for (size_t offset = 0; offset < block.size; offset++)
        if (block.start[offset] != 0)
          EXPECT(!"zeroed");
    fill(block);
  }

  void resize()
  {
    Piece block = take();
    check_contents(block, block.size);
    size_t size = random.one_in(2) ? some_size(random) : block.size + random.below(block.size + 100);
    Piece old = block;
    interfaces::resize(random, block, size > 16 * MiB ? 1 : size, heap);
    // Which bytes were stamped depends on the size, so both sizes' bytes are looked at.
    old.start = block.start;
    check_contents(old, block.size);
    fill(block);
    interfaces::check_neighbours(blocks, block);
  }

  // Whole, as often as not beyond what was asked for.
  void fill(Piece block)
  {
    if (random.one_in(2))
      interfaces::use_all(block);
    block.stamp = random.next();
    write_contents(block);
    put(block);
  }

  size_t most_blocks;
  size_t most_bytes;
  size_t bytes = 0;
};

// Any two blocks are disjoint, and so are what lies beyond their size; each is what the page map says.
void check_blocks(const std::vector<const Block*>& all)
{
  std::map<uintptr_t, uintptr_t> ends;
  size_t small = 0;
  for (const Block* block : all)
  {
    check_contents(*block, block->size);
    uintptr_t start = uintptr_t(block->start);
    size_t usable = sn_rust_usable_size(block->start);
    EXPECT(usable >= block->size && (usable > 0 || (config::checks && block->size == 0)));
    auto next = ends.lower_bound(start);
    EXPECT(next == ends.end() || next->first >= start + usable);
    EXPECT(next == ends.begin() || std::prev(next)->second <= start);
    ends[start] = start + usable;
    small += page_map::find_tag(start) != large_tag;
  }
  Audit::Found found = check_everything();
  EXPECT_EQUAL(found.small_objects, small);
  EXPECT_EQUAL(found.large_objects, all.size() - small);
}

// Blocks on their way from one thread to another.
class Mailboxes
{
public:
  void put(size_t to, const Piece& block)
  {
    std::lock_guard<std::mutex> hold(boxes[to % count].lock);
    boxes[to % count].blocks.push_back(block);
  }

  std::vector<Piece> take(size_t from)
  {
    std::lock_guard<std::mutex> hold(boxes[from % count].lock);
    return std::move(boxes[from % count].blocks);
  }

private:
  static constexpr size_t count = 8;
  struct
  {
    std::mutex lock;
    std::vector<Piece> blocks;
  } boxes[count];
};

// Frees half of a thread's blocks after the allocator's own hook ran, and plays on without a heap.
void play_late(void* player)
{
  auto* late = static_cast<Player*>(player);
  for (size_t left = late->blocks.size() / 2; left > 0; left--)
    late->free(late->take());
  for (int actions = 0; actions < 20; actions++)
    late->act();
}

// Cuts the magazines of all that play, as a trim does, but so slowly that many find theirs half cut.
void cut_slowly()
{
  auto fence = [] {
    for (int turn = 0; turn < 20; turn++)
      std::this_thread::yield();
    return os::fence_all_threads();
  };
  registry::Turn turn;
  if (config::cuts_magazines && fence())
    registry::for_each_slot([fence](HeapSlot& slot) {
      if (!slot.started || slot.is_ended || slot.parked.load())
        return;
      Claimed claimed(slot.claim);
      while (!slot.heap->bracket.is_left_soon())
        ;
      HeapCut cut;
      slot.heap->begin_cut(cut);
      EXPECT(fence());
      slot.heap->look_at_cut(cut);
      EXPECT(fence());
      slot.heap->end_cut(cut);
    });
}

void play(Player& player, Mailboxes& mail, size_t number, int actions)
{
  for (int action = 0; action < actions; action++)
  {
    player.act();
    if (player.random.one_in(4) && !player.blocks.empty())
      mail.put(player.random.next(), player.take());
    if (player.random.one_in(32))
      for (const Piece& block : mail.take(number))
      {
        if (player.random.one_in(2))
          player.free(block);
        else
          player.put(block);
      }
    if (player.random.one_in(256))
      sn_trim();
    if (player.random.one_in(64)) // as the idle thread does
      registry::release_resting();
    if (player.random.one_in(128))
      cut_slowly();
    if (player.random.one_in(2048)) // a thread of its own, for a while
      std::thread([&] {
        for (int inner = 0; inner < 200; inner++)
          player.act();
      }).join();
  }
  if (player.random.one_in(2))
    call_late(&player);
}

class Game
{
public:
  Game(uint64_t seed, size_t threads) : random(seed)
  {
    for (size_t number = 0; number <= threads; number++)
      players.emplace_back(random.next(), 4000 / (threads + 1), 64 * MiB / (threads + 1));
  }

  void round()
  {
    std::vector<std::thread> threads;
    for (size_t number = 1; number < players.size(); number++)
      threads.emplace_back([this, number] { play(players[number], mail, number, 1500); });
    for (int action = 0; action < 5000 / int(players.size()); action++)
      players[0].act();
    for (std::thread& thread : threads)
      thread.join();
    for (size_t box = 0; box < 8; box++)
      for (const Piece& block : mail.take(box))
        players[random.below(players.size())].put(block);
    if (random.one_in(16))
      random.one_in(2) ? space::purge_all() : space::purge_slice();
    if (random.one_in(16))
      players[random.below(players.size())].free_all();
    if (random.one_in(4))
      players[random.below(players.size())].end_heap(players);
    std::vector<const Block*> all;
    for (const Player& player : players)
      for (const Block& block : player.blocks)
        all.push_back(&block);
    check_blocks(all);
  }

  void end()
  {
    for (Player& player : players)
      player.free_all();
    check_blocks({});
    for (Player& player : players)
      sn_heap_delete(player.heap);
    check_blocks({});
    retire_all_heaps();
    EXPECT_EQUAL(check_everything().used_bytes, 0);
    std::thread([] { sn_rust_dealloc(sn_rust_alloc(8, 8), 8, 8); }).join(); // all of it still works
  }

private:
  Random random;
  std::vector<Player> players;
  Mailboxes mail;
};
} // namespace

int main(int count, char** arguments)
{
  EXPECT(count >= 2);
  if (count > 2)
    faults::pretended_page_bytes.store(strtoull(arguments[2], nullptr, 0));
  uint64_t seed = setting("SN_SEED", uint64_t(time(nullptr)) << 20 | uint64_t(getpid()));
  printf("SN_SEED=%llu\n", (unsigned long long)seed);
  fflush(stdout);
  set_late_function(play_late);
  uint64_t end = os::now_ms() + 1000 * setting("SN_SECONDS", 5);
  idle::state.store(idle::never);
  sn_rust_dealloc(sn_rust_alloc(8, 8), 8, 8);
  options.idle_purge = IdlePurge::automatic; // so that magazines are cut
  Game game(seed, strcmp(arguments[1], "threads") == 0 ? setting("SN_THREADS", 4) : 0);
  size_t rounds = 0;
  do
    game.round();
  while (++rounds < 3 || os::now_ms() < end);
  game.end();
  printf("%zu rounds\n", rounds);
}
