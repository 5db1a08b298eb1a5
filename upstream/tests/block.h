// The shadow of a piece of memory: where it lies, and what must stand in it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct Block
{
  char* start;
  size_t alignment;
  size_t size;
  uint64_t stamp;
};

// Small blocks are filled whole; of larger ones a few bytes in every page, and both ends.
template<typename Visit>
void for_each_stamped_byte(size_t size, Visit visit)
{
  size_t dense = size < 2048 ? size : 64;
  for (size_t offset = 0; offset < dense; offset++)
    visit(offset);
  for (size_t offset = 4095; offset < size; offset += 4096)
    visit(offset);
  if (size != 0)
    visit(size - 1);
}

inline char byte_at(uint64_t stamp, size_t offset)
{
  return char(stamp >> (offset % 8 * 8)) ^ char(offset >> 8);
}

inline void write_contents(const Block& block)
{
  for_each_stamped_byte(block.size, [&](size_t offset) { block.start[offset] = byte_at(block.stamp, offset); });
}

// `held`: the first bytes, which are still there after a change of size.
inline void check_contents(const Block& block, size_t held)
{
  for_each_stamped_byte(block.size, [&](size_t offset) {
    if (offset < held && block.start[offset] != byte_at(block.stamp, offset))
    {
      fprintf(stderr, "block %p of %zu bytes: byte %zu changed\n", (void*)block.start, block.size, offset);
      abort();
    }
  });
}
