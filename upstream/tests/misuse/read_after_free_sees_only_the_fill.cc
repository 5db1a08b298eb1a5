// exit 0
// with: 1 16 100 1000 32000
#include "misuse.h"
#include "snmalloc_libc.h"

#include <set>

// One byte value, the same in all of them, which is no text, no small number and never 0 or -1.
void run()
{
  size_t size = number(0);
  std::set<unsigned char> seen;
  // Their neighbours keep the slabs.
  std::vector<char*> objects = make_sorted(200, [=] { return sn_malloc(size); });
  Neighbours pair = find_neighbours(objects);
  std::vector<char*> freed;
  for (size_t index = 0; index + 1 < objects.size(); index++)
    if (objects[index + 1] - objects[index] == pair.right - pair.left)
      freed.push_back(objects[index++]);
  EXPECT(freed.size() > 50);
  for (size_t index = 0; index < freed.size(); index++)
  {
    memset(freed[index], 'S', size);
    if (index % 2 == 0)
      sn_free(freed[index]);
    else
      std::thread([=] { sn_free(freed[index]); }).join();
  }
  for (char* object : freed)
    for (size_t offset = 0; offset < size; offset++)
      seen.insert(static_cast<unsigned char>(peek(object + offset)));
  EXPECT(seen.size() == 1 && *seen.begin() >= 0x80 && *seen.begin() <= 0xfe);
}
