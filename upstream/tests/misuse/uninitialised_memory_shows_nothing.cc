// exit 0
#include "misuse.h"
#include "snmalloc_libc.h"

namespace
{
constexpr size_t sizes[] = {1, 8, 16, 17, 100, 1000, 5000, 30000, 32768, 33000, 100000, 1000000, 5000000};

void check_no_secret(const char* object, size_t size)
{
  for (size_t offset = 0; offset < size; offset++)
    EXPECT(peek(object + offset) != 'S');
}

// What grows shows no more at its end than what is new.
void allocate_and_look(size_t size)
{
  auto* object = static_cast<char*>(sn_malloc(size));
  check_no_secret(object, size);
  object = static_cast<char*>(sn_realloc(object, size * 3 / 2 + 1));
  check_no_secret(object, size * 3 / 2 + 1);
  memset(object, 'S', size * 3 / 2 + 1);
  object = static_cast<char*>(sn_realloc(object, size / 2 + 1));
  memset(object, 0, size / 2 + 1);
  object = static_cast<char*>(sn_realloc(object, size + 1));
  check_no_secret(object, size + 1);
  sn_free(object);
}
} // namespace

void run()
{
  for (int round = 0; round < 3; round++)
  {
    for (size_t size : sizes)
    {
      std::vector<char*> objects = make_sorted(1 + 4000000 / (size + 1000), [=] { return sn_malloc(size); });
      for (char* object : objects)
        memset(object, 'S', size);
      for (char* object : objects)
        sn_free(object);
    }
    std::thread([] { sn_free(sn_malloc(1)); }).join();
    for (size_t size : sizes)
      for (int count = 0; count < 200 && size * count < 20000000; count++)
        allocate_and_look(size);
  }
}
