// The address space: random ranges with contents, and every figure against the model and the system's own.
#include "core.h"
#include "system.h"

#include <string.h>
#include <unistd.h>
#include <vector>

using namespace sn;

namespace
{
struct Object
{
  Range* range;
  uint64_t content;
};

uint64_t* words_of(const Range* range)
{
  return reinterpret_cast<uint64_t*>(range->base);
}

// One word in every KiB.
void fill(const Object& object, uint32_t from_chunk)
{
  EXPECT(set_access(object.range, 0, object.range->bytes(), true));
  size_t step = 128;
  for (size_t word = from_chunk * config::chunk_bytes / 8; word < object.range->bytes() / 8; word += step)
    words_of(object.range)[word] = object.content + word;
}

void check_contents(const Object& object, uint32_t chunks)
{
  for (size_t word = 0; word < chunks * config::chunk_bytes / 8; word += 128)
    EXPECT(words_of(object.range)[word] == object.content + word);
}

// As slow paths do at their end.
void give_back_excess()
{
  while (space::has_excess.load())
    space::purge_slice();
}

void check_budget()
{
  give_back_excess();
  space::Figures figures = space::figures();
  EXPECT(figures.dirty_bytes <= space::purge_budget.limit_bytes(figures.used_bytes));
  EXPECT(figures.dirty_bytes <= PurgeBudget::base_bytes(figures.used_bytes) + config::purge_learned_max_bytes);
}

class Model
{
public:
  explicit Model(uint64_t seed) : random(seed) {}

  void step()
  {
    if (objects.empty())
      return allocate();
    std::swap(objects[random.below(objects.size())], objects.back());
    switch (random.below(objects.size() > 100 ? 6 : 5))
    {
    case 0:
    case 1:
      allocate();
      break;
    case 2:
      grow();
      break;
    case 3:
      shrink();
      break;
    case 4:
      if (random.one_in(4))
        move();
      else
        free();
      break;
    default:
      free();
      break;
    }
    if (random.one_in(50))
      random.one_in(4) ? space::purge_all() : space::purge_slice();
    EXPECT_EQUAL(space::figures().used_bytes, used_bytes);
  }

  void allocate()
  {
    uint32_t align_chunks = uint32_t(1) << (random.one_in(4) ? random.below(9) : 0);
    Range* range = space::allocate_range(some_chunks(), align_chunks);
    EXPECT(range != nullptr && range->base % (align_chunks * config::chunk_bytes) == 0);
    EXPECT(set_access(range, 0, range->bytes(), true));
    if (range->zero)
      for (size_t word = 0; word < range->bytes() / 8; word += 64)
        EXPECT_EQUAL(words_of(range)[word], 0);
    used_bytes += range->bytes();
    objects.push_back({range, random.next()});
    fill(objects.back(), 0);
    check_budget();
  }

  void free()
  {
    Object object = objects.back();
    objects.pop_back();
    check_contents(object, object.range->chunks);
    used_bytes -= object.range->bytes();
    space::free_range(object.range);
    check_budget();
  }

  void grow()
  {
    const Object& object = objects.back();
    uint32_t chunks = object.range->chunks;
    uint32_t more = uint32_t(1 + random.below(50));
    bool grown = space::grow(object.range, chunks + more);
    EXPECT_EQUAL(object.range->chunks, grown ? chunks + more : chunks);
    used_bytes += object.range->bytes() - chunks * config::chunk_bytes;
    check_contents(object, chunks);
    fill(object, chunks);
    grown_count += grown;
  }

  void shrink()
  {
    const Object& object = objects.back();
    if (object.range->chunks == 1)
      return;
    uint32_t chunks = uint32_t(1 + random.below(object.range->chunks - 1));
    used_bytes -= object.range->bytes() - chunks * config::chunk_bytes;
    EXPECT(space::shrink(object.range, chunks));
    EXPECT_EQUAL(object.range->chunks, chunks);
    check_contents(object, chunks);
  }

  void move()
  {
    Object& object = objects.back();
    uint32_t chunks = object.range->chunks;
    Range* to = space::allocate_range(chunks + uint32_t(random.below(20)), 1);
    size_t more_bytes = to->bytes() - object.range->bytes(); // a range that is free may be part of another
    if (space::move(object.range, object.range->bytes(), to, to->bytes()))
    {
      used_bytes += more_bytes;
      object.range = to;
      moved_count++;
    }
    check_contents(object, chunks);
    fill(object, chunks);
  }

  void check() { check_everything(objects.size()); }

  void free_all()
  {
    while (!objects.empty())
      free();
    EXPECT(grown_count > 0 && (moved_count > 0) == moves_pages);
    EXPECT_EQUAL(space::figures().used_bytes, 0);
  }

private:
  uint32_t some_chunks() { return uint32_t(1 + random.below(uint64_t(1) << random.below(9))); }

  Random random;
  std::vector<Object> objects;
  size_t used_bytes = 0;
  size_t grown_count = 0;
  size_t moved_count = 0;
};

// Bytes of all reservations that are resident, by the system's account.
size_t resident_bytes()
{
  size_t bytes = 0;
  for (const Reservation* piece = space::reservations.first(); piece != nullptr; piece = piece->next)
    bytes += ::resident_bytes(piece->base, piece->bytes);
  return bytes;
}

void check_residency()
{
  space::Figures figures = space::figures();
  EXPECT(resident_bytes() <= figures.used_bytes + figures.dirty_bytes);
  space::purge_all();
  EXPECT_EQUAL(space::figures().dirty_bytes, 0);
  EXPECT(resident_bytes() <= figures.used_bytes);
}

Range* allocate_filled(size_t bytes)
{
  Range* range = space::allocate_range(space::chunks_for(bytes), 1);
  EXPECT(set_access(range, 0, range->bytes(), true));
  memset(reinterpret_cast<void*>(range->base), 1, range->bytes());
  return range;
}

void check_release()
{
  size_t before = space::figures().reserved_bytes;
  std::vector<Range*> ranges;
  for (int number = 0; number < 10; number++)
    ranges.push_back(allocate_filled(40 * config::MiB));
  EXPECT(space::figures().reserved_bytes >= before + 300 * config::MiB);
  for (Range* range : ranges)
    space::free_range(range);
  check_budget();
  space::purge_all();
  // Only a reservation without which too little would be left is kept though nothing is in it.
  size_t reserved = space::figures().reserved_bytes;
  for (const Reservation* piece = space::reservations.first(); piece != nullptr; piece = piece->next)
    EXPECT(reserved - piece->bytes < config::reservation_min_bytes);
}

void check_delay()
{
  space::purge_all();
  Range* range = allocate_filled(config::MiB);
  space::free_range(range);
  space::purge_slice();
  EXPECT_EQUAL(space::figures().dirty_bytes, config::MiB);
  uint64_t start = os::now_ms();
  while (os::now_ms() <= start + config::purge_delay_ms)
    usleep(10000);
  space::look_round(os::now_ms());
  space::purge_slice();
  EXPECT_EQUAL(space::figures().dirty_bytes, config::MiB - config::purge_slice_bytes);
  give_back_excess();
  EXPECT_EQUAL(space::figures().dirty_bytes, 0);
  EXPECT_EQUAL(resident_bytes(), 0);
}

// What the system does not take back at first stands in the way of nothing else.
void check_refused()
{
  space::purge_all();
  space::purge_budget = PurgeBudget(); // which has learned nothing
  Range* first = allocate_filled(3 * config::purge_piece_bytes);
  Range* wall = allocate_filled(config::MiB); // they do not join
  Range* many = allocate_filled(64 * config::MiB);
  space::free_range(first);
  space::free_range(many);
  faults::countdown.store(0);
  give_back_excess();
  EXPECT(faults::countdown.load() < 0);
  EXPECT(space::figures().dirty_bytes <= PurgeBudget::base_bytes(config::MiB));
  space::purge_all();
  first = allocate_filled(3 * config::purge_piece_bytes);
  Range* second_wall = allocate_filled(config::MiB);
  many = allocate_filled(64 * config::MiB);
  space::free_range(first);
  space::free_range(many);
  faults::countdown.store(0);
  space::purge_all();
  EXPECT(faults::countdown.load() < 0);
  EXPECT_EQUAL(space::figures().dirty_bytes, 0);
  space::free_range(wall);
  space::free_range(second_wall);
}

// Without any reuse the budget stays at its base.
void check_base_budget()
{
  std::vector<Range*> ranges;
  for (int number = 0; number < 256; number++)
    ranges.push_back(allocate_filled(config::MiB));
  while (!ranges.empty())
  {
    space::free_range(ranges.back());
    ranges.pop_back();
    size_t live = ranges.size() * config::MiB;
    give_back_excess();
    EXPECT(space::figures().dirty_bytes <= (live / 16 > 8 * config::MiB ? live / 16 : 8 * config::MiB));
  }
}

void check_chain()
{
  Range* first = space::allocate_chain(4, 2, 20, false);
  size_t count = 0;
  for (Range* range = first; range != nullptr; range = range->next, count++)
    EXPECT(range->chunks == 4 && range->base % (2 * config::chunk_bytes) == 0);
  EXPECT_EQUAL(count, 20);
  space::free_chain(first);
  EXPECT_EQUAL(space::figures().used_bytes, 0);
}

bool is_paused()
{
  return !space::growth.wants_block(config::block_bytes, config::blocks_from_bytes, os::now_ms());
}

void use_large(const Range* range, bool wholly)
{
  size_t step = wholly ? os::page_bytes() : range->bytes() - 8;
  for (size_t byte = 0; byte < range->bytes(); byte += step)
    words_of(range)[byte / 8] = 1;
}

// Objects of clean memory are used, wholly or at both ends, and freed; returns whether there is a block for the next.
bool gets_block_after(bool wholly)
{
  for (int object = 0; object < 24; object++) // every eighth is looked at at least
  {
    Range* range = space::allocate_range(space::chunks_for(config::MiB), 1);
    use_large(range, wholly);
    space::free_range(range);
    space::purge_all();
  }
  bool gets = false;
  for (int object = 0; object < 3 && !gets; object++) // one of them may go without, to be looked at
  {
    Range* range = space::allocate_range(space::chunks_for(config::MiB), 1);
    gets = !range->fresh && resident_bytes() >= config::MiB;
    EXPECT(gets || resident_bytes() == 0);
    use_large(range, wholly);
    space::free_range(range);
    space::purge_all();
  }
  return gets;
}

// Of what an object uses, both ends or all but one page do not count as all of it, however large the system's pages
// are.
void check_judgement()
{
  if (!config::takes_blocks)
    return;
  for (size_t bytes : {config::judged_min_bytes, config::MiB, 5 * config::MiB + config::judged_min_bytes})
  {
    Range* range = space::allocate_range(space::chunks_for(bytes), 1);
    EXPECT(range->zero && !space::is_used_wholly(range));
    use_large(range, false);
    EXPECT(!space::is_used_wholly(range));
    for (size_t byte = 4088; byte < bytes / 2; byte += 4096)
      words_of(range)[byte / 8] = 1;
    EXPECT(!space::is_used_wholly(range));
    for (size_t byte = bytes / 2; byte < bytes; byte += 4096)
      words_of(range)[byte / 8] = 1;
    EXPECT(space::is_used_wholly(range));
    words_of(range)[(bytes / 2 - 8) / 8] = 0; // all that stood in that page
    EXPECT(!space::is_used_wholly(range));
    space::free_range(range);
    space::purge_all();
  }
}

// One slow block means nothing, the second one a pause; each one more a longer one, until one is quick again.
void check_pauses()
{
  Growth growth;
  uint64_t now = 1'000'000;
  auto is_paused_at = [&growth](uint64_t at) {
    return !growth.wants_block(config::block_bytes, config::blocks_from_bytes, at);
  };
  if (!config::takes_blocks)
    return;
  for (int round = 0; round < 2; round++)
  {
    growth.note(os::Populated::slowly, now);
    EXPECT(!is_paused_at(now));
    growth.note(os::Populated::slowly, now);
    EXPECT(is_paused_at(now + config::growth_pause_min_ms - 1) && !is_paused_at(now + config::growth_pause_min_ms));
    growth.note(os::Populated::slowly, now);
    EXPECT(is_paused_at(now + config::growth_pause_min_ms));
    growth.note(os::Populated::quickly, now);
    EXPECT(!is_paused_at(now));
  }
  growth.note(os::Populated::refused, now);
  EXPECT(is_paused_at(now + 1'000'000));
}

// A program that grows gets memory for slabs in blocks that are resident at once; large objects get none of them unless
// others were used wholly.
void check_blocks()
{
  constexpr size_t block_chunks = config::block_bytes / config::chunk_bytes;
  Range* probe = space::allocate_range(block_chunks, block_chunks);
  bool is_possible = config::takes_blocks &&
                     os::populate_huge(words_of(probe), config::block_bytes) == os::Populated::quickly &&
                     resident_bytes() >= config::block_bytes; // emulators may ignore advice and say that they took it
  space::free_range(probe);
  space::purge_all();
  if (!is_possible)
    return;
  space::growth.note_use(config::MiB, false);
  Range* large = space::allocate_range(space::chunks_for(config::blocks_from_bytes), 1);
  Range* slabs = nullptr;
  for (size_t bytes = 0; bytes < 8 * config::block_bytes; bytes += 4 * config::chunk_bytes)
  {
    Range* chain = space::allocate_chain(1, 1, 4, true);
    Range* last = chain->next->next->next;
    EXPECT(last->next == nullptr);
    last->next = slabs;
    slabs = chain;
    EXPECT(space::figures().dirty_bytes < config::block_bytes);
  }
  bool was_paused = is_paused();
  EXPECT(resident_bytes() <= 8 * config::block_bytes);
  EXPECT(was_paused || resident_bytes() > 7 * config::block_bytes);
  EXPECT(was_paused || space::free_ranges.find(RangeState::spare, config::spare_max_chunks + 1, 1) != nullptr);
  Range* object = space::allocate_range(config::spare_max_chunks + 1, 1);
  EXPECT(object->fresh);
  space::free_range(object);
  space::free_chain(slabs);
  space::purge_all();
  EXPECT(!gets_block_after(false));
  EXPECT(gets_block_after(true) || is_paused());
  EXPECT(!gets_block_after(false));
  space::free_range(large);
  expect_sound_space();
  space::purge_all();
  EXPECT_EQUAL(space::figures().used_bytes, 0);
  EXPECT_EQUAL(resident_bytes(), 0);
}

// With checks, address space beyond config::guarded_bytes is always accessible.
void check_unguarded()
{
  Range* guarded = space::allocate_range(1, 1);
  EXPECT(!guarded->unguarded);
  Range* large = space::allocate_range(space::chunks_for(config::guarded_bytes), 1);
  EXPECT(large->unguarded);
  allocate_filled(config::MiB); // wherever it comes from
  *words_of(large) = 1;         // without being opened
  close_all(large);
  EXPECT_EQUAL(*words_of(large), 1);
  space::free_range(large);
  space::free_range(guarded);
}

void check_largest()
{
  for (size_t bytes : {space::max_bytes / 2, space::max_bytes - config::chunk_bytes, space::max_bytes})
    EXPECT_EQUAL(uint64_t(space::chunks_for(bytes)) << config::chunk_log2, bytes);
}
} // namespace

// With an argument: only what depends on the size of pages, and pages of that size.
int main(int count, char** arguments)
{
  if (count == 2)
    faults::pretended_page_bytes.store(size_t(atol(arguments[1])));
  check_judgement();
  if (count == 2)
    return 0;
  check_pauses();
  check_base_budget();
  check_delay();
  check_chain();
  check_release();
  check_blocks();
  Model model(setting("SN_SEED", 5));
  for (int round = 0; round < 3000; round++)
  {
    model.step();
    if (round % 64 == 0)
      model.check();
    if (round % 500 == 0)
      check_residency();
  }
  model.free_all();
  check_everything();
  space::purge_all();
  EXPECT_EQUAL(resident_bytes(), 0);
  check_refused();
  check_largest();
  if (config::checks)
    check_unguarded();
}
