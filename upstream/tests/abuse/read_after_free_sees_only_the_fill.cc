// exit 0
// with: 1 16 100 1000 32000
#include "abuse.h"
#include "snmalloc_libc.h"

#include <set>

// One byte value, the same in all of them, which is no text, no small number and never 0 or -1.
void run()
{
  size_t size = number(0);
  std::set<unsigned char> seen;
  std::vector<char*> objects = make_sorted(100, [=] { return sn_malloc(size); });
  for (size_t index = 0; index < objects.size(); index++)
  {
    memset(objects[index], 'S', size);
    if (index % 2 == 0)
      sn_free(objects[index]);
    else
      std::thread([=] { sn_free(objects[index]); }).join();
  }
  for (char* object : objects)
    for (size_t offset = 0; offset < size; offset++)
      seen.insert(static_cast<unsigned char>(peek(object + offset)));
  CHECK(seen.size() == 1 && *seen.begin() >= 0x80 && *seen.begin() <= 0xfe);
}
