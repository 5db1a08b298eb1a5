#include "core.h"

using namespace sn;

int main()
{
  constexpr unsigned pointer_bits = sizeof(uintptr_t) * 8;
  for (unsigned bit = 0; bit < 64; bit++)
  {
    uint64_t one = uint64_t(1) << bit;
    EXPECT(is_power_of_two(size_t(one)) == (bit < pointer_bits));
    EXPECT_EQUAL(lowest_bit(one), bit);
    EXPECT_EQUAL(floor_log2(one), bit);
    EXPECT_EQUAL(floor_log2(one | (one - 1)), bit);
    EXPECT_EQUAL(lowest_bit(~(one - 1)), bit);
    EXPECT_EQUAL(without_lowest_bit(one), 0);
    EXPECT_EQUAL(low_bits(bit), one - 1);
    if (bit > 1 && bit < pointer_bits)
      EXPECT_EQUAL(next_power_of_two(size_t(one) / 2 + 1), one);
  }
  EXPECT_EQUAL(low_bits(64), ~uint64_t(0));
  EXPECT(!is_power_of_two(0) && !is_power_of_two(3) && !is_power_of_two(~size_t(0)));

  Random random(1);
  for (int round = 0; round < 100000; round++)
  {
    uint64_t word = random.next() >> random.below(64) | 1;
    EXPECT_EQUAL(lowest_bit(word), 0);
    EXPECT(word >> floor_log2(word) == 1);
    EXPECT_EQUAL(__builtin_popcountll(without_lowest_bit(word)), __builtin_popcountll(word) - 1);
    uintptr_t value = uintptr_t(random.next()) >> 2;
    size_t alignment = size_t(1) << random.below(pointer_bits - 2);
    uintptr_t down = align_down(value, alignment);
    uintptr_t up = align_up(value, alignment);
    EXPECT(down % alignment == 0 && down <= value && value - down < alignment);
    EXPECT(up % alignment == 0 && up >= value && up - value < alignment);
  }
}
