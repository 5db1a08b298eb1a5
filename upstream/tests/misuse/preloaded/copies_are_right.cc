// exit 0
#include "../misuse.h"

#include <stdlib.h>

// All lengths and distances, both ways, as a loop of bytes does it; and a length of 0 touches nothing.
namespace
{
constexpr size_t room = 700;
char expected[room], buffer[room];

void fill()
{
  for (size_t offset = 0; offset < room; offset++)
    expected[offset] = buffer[offset] = char(offset * 7 % 251);
}

void check_one(size_t to, size_t from, size_t count)
{
  fill();
  char copy[room];
  for (size_t offset = 0; offset < count; offset++)
    copy[offset] = expected[from + offset];
  for (size_t offset = 0; offset < count; offset++)
    expected[to + offset] = copy[offset];
  EXPECT(memmove(buffer + to, buffer + from, count) == buffer + to);
  for (size_t offset = 0; offset < room; offset++)
    EXPECT(buffer[offset] == expected[offset]);
  if (to + count > from && from + count > to)
    return;
  fill();
  EXPECT(memcpy(buffer + to, buffer + from, count) == buffer + to);
  for (size_t offset = 0; offset < count; offset++)
    EXPECT(buffer[to + offset] == buffer[from + offset]);
  EXPECT(memset(buffer + to, int(from + 256), count) == buffer + to);
  for (size_t offset = 0; offset < count; offset++)
    EXPECT(buffer[to + offset] == char(from));
  EXPECT(to == 0 || buffer[to - 1] == char((to - 1) * 7 % 251));
  EXPECT(buffer[to + count] == char((to + count) * 7 % 251));
}
} // namespace

void run()
{
  for (size_t count = 0; count < 300; count++)
    for (size_t from = 0; from < 350; from += from % 50 < 20 ? 1 : 30)
      for (size_t to :
           {size_t(0), size_t(1), size_t(15), size_t(16), size_t(33), from + 1, from + 8, from + 40, from + count})
        if (to + count < room && from + count < room)
          check_one(to, from, count);
  memcpy(malloc(0), malloc(0), 0);
  memset(malloc(0), 1, size_t(argument[0]));
  auto* large = static_cast<char*>(calloc(3, 1000001));
  memset(large, 'L', 1000001);
  memcpy(large + 2000002, large, 1000001);
  memmove(large + 3, large, 2000000);
  EXPECT(large[1000003] == 'L' && large[1000004] == 0 && large[2000002] == 0 && large[2000003] == 'L');
  memmove(large, large + 3, 3000000);
  EXPECT(
    large[1000000] == 'L' && large[1000001] == 0 && large[1999999] == 0 && large[2000000] == 'L' &&
    large[2999999] == 'L');
}
