/* A program of its own on bare metal, nearly: Linux gives it a stack and an end, and nothing else. It allocates in a
 * static array until there is no more, at random, and again as a whole. */
#include "snmalloc_region.h"

#include <stdint.h>

void* memset(void* start, int byte, size_t size)
{
  for (size_t at = 0; at < size; at++)
    ((volatile char*)start)[at] = (char)byte;
  return start;
}

void* memmove(void* to, const void* from, size_t size)
{
  volatile char* out = to;
  const char* in = from;
  if (to < from)
    for (size_t at = 0; at < size; at++)
      out[at] = in[at];
  else
    for (size_t at = size; at-- > 0;)
      out[at] = in[at];
  return to;
}

void* memcpy(void* to, const void* from, size_t size)
{
  return memmove(to, from, size);
}

static long system_call(long number, long first, long second, long third)
{
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third)
                   : "rcx", "r11", "memory");
  return result;
}

static void fail(long line)
{
  char text[] = "region.c:    0: failed\n";
  for (int at = 13; line != 0; line /= 10)
    text[at--] = (char)('0' + line % 10);
  system_call(1, 2, (long)text, sizeof(text) - 1);
  system_call(231, 1, 0, 0);
}

#define EXPECT(condition) ((condition) ? (void)0 : fail(__LINE__))

enum
{
  MEMORY_BYTES = 8 << 20,
  MOST_BLOCKS = 3000,
};

/* With a wall on each side, and full of what was there before. */
static struct
{
  char before[4096];
  char memory[MEMORY_BYTES + 1000];
  char after[4096];
} all = {{1}, {1}, {1}};

struct block
{
  char* start;
  size_t alignment;
  size_t size;
  char mark;
};
static struct block blocks[MOST_BLOCKS];
static size_t block_count = 0;

static uint64_t random_state = 88172645463325252;

static size_t random_below(size_t bound)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (size_t)(random_state >> 11) % bound;
}

static void check_block(const struct block* block, size_t size)
{
  EXPECT(block->start >= all.memory && block->start + block->size <= all.memory + sizeof(all.memory));
  EXPECT((uintptr_t)block->start % block->alignment == 0);
  for (size_t at = 0; at < size; at += at < 256 ? 1 : 97)
    EXPECT(block->start[at] == block->mark);
}

static void free_block(size_t number)
{
  check_block(&blocks[number], blocks[number].size);
  sn_region_dealloc(blocks[number].start, blocks[number].alignment, blocks[number].size);
  blocks[number] = blocks[--block_count];
}

static size_t some_size(void)
{
  return 1 + random_below((size_t)1 << (3 + random_below(15)));
}

static void put(char* start, size_t alignment, size_t size)
{
  struct block block = {start, alignment, size, (char)random_below(256)};
  memset(start, block.mark, size);
  check_block(&block, size);
  EXPECT(sn_region_usable_size(start) >= size);
  blocks[block_count++] = block;
}

static int refusals = 0;

static void act(void)
{
  if (block_count < MOST_BLOCKS && random_below(16) < 9)
  {
    size_t alignment = (size_t)1 << random_below(random_below(8) == 0 ? 16 : 5);
    size_t size = some_size();
    int zeroed = random_below(4) == 0;
    char* start = (zeroed ? sn_region_alloc_zeroed : sn_region_alloc)(alignment, size);
    refusals += start == 0;
    for (size_t at = 0; start != 0 && zeroed && at < size; at++)
      EXPECT(start[at] == 0);
    if (start != 0)
      put(start, alignment, size);
  }
  else if (block_count > 0)
  {
    size_t number = random_below(block_count);
    if (random_below(4) != 0)
      return free_block(number);
    struct block old = blocks[number];
    size_t size = some_size();
    char* start = sn_region_realloc(old.start, old.alignment, old.size, size);
    if (start == 0)
      return check_block(&old, old.size);
    blocks[number] = blocks[--block_count];
    struct block kept = {start, old.alignment, size < old.size ? size : old.size, old.mark};
    check_block(&kept, kept.size);
    put(start, old.alignment, size);
  }
}

static void free_all(void)
{
  while (block_count > 0)
    free_block(random_below(block_count));
}

static size_t whole_bytes(void)
{
  size_t low = 0;
  size_t high = sizeof(all.memory);
  while (high - low > 1)
  {
    size_t middle = low + (high - low) / 2;
    void* start = sn_region_alloc(1, middle);
    if (start != 0)
      sn_region_dealloc(start, 1, middle);
    if (start != 0)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* Objects of one size, until there are no more. Returns their bytes. */
static size_t exhaust(size_t size)
{
  char* last = 0;
  size_t bytes = 0;
  char* start;
  while ((start = sn_region_alloc(sizeof(char*), size)) != 0)
  {
    EXPECT(start >= all.memory && start + size <= all.memory + sizeof(all.memory));
    *(char**)(void*)start = last;
    last = start;
    bytes += size;
  }
  EXPECT(sn_region_alloc(1, size) == 0);
  while (last != 0)
  {
    start = last;
    last = *(char**)(void*)start;
    sn_region_dealloc(start, sizeof(char*), size);
  }
  return bytes;
}

static void run(void)
{
  memset(all.memory, 0x5a, sizeof(all.memory));
  EXPECT(sn_region_alloc(1, 1) == 0 && sn_region_alloc_zeroed(1, 1 << 20) == 0);
  EXPECT(!sn_region_add(all.memory, 16 << 10));
  EXPECT(sn_region_add(all.memory + 3, sizeof(all.memory) - 3));
  EXPECT(!sn_region_add(all.memory, sizeof(all.memory)));
  size_t whole = whole_bytes();
  EXPECT(whole > MEMORY_BYTES / 64 * 62);
  const size_t sizes[] = {16, 48, 100, 1000, 5000, 32768, 40000, 1 << 20};
  for (int round = 0; round < 3; round++)
  {
    for (size_t number = 0; number < sizeof(sizes) / sizeof(*sizes); number++)
      EXPECT(exhaust(sizes[number]) > whole / 8 * (sizes[number] < 40000 ? 7 : 6));
    for (int step = 0; step < 40000; step++)
      act();
    free_all();
    EXPECT(whole_bytes() == whole); /* all of it is one free range again */
  }
  EXPECT(refusals > 10);
  EXPECT(all.before[0] == 1 && all.after[0] == 1);
  for (size_t at = 1; at < sizeof(all.before); at++)
    EXPECT(all.before[at] == 0 && all.after[at] == 0);
}

__attribute__((force_align_arg_pointer)) void _start(void)
{
  run();
  system_call(231, 0, 0, 0);
}
