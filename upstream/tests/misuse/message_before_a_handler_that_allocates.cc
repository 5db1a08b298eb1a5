// snmalloc: {what}
// with: double_free write_after_free overflow layout large
#include "misuse.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

namespace
{
void handle(int)
{
  // Not of the size that was misused: that would be found once more.
  for (size_t size = 1000; size < 100000; size += 50)
    sn_free(sn_malloc(size));
}

void show_what(const char* format, char* object)
{
  char line[200];
  snprintf(line, sizeof(line), format, reinterpret_cast<size_t>(object), reinterpret_cast<size_t>(object + 100));
  print(line);
}
} // namespace

// Crash reporters do such things when they are told of an abort. No lock of the allocator's may be held then.
void run()
{
  signal(SIGABRT, handle);
  auto* object = static_cast<char*>(sn_rust_alloc(8, 100));
  auto* large = static_cast<char*>(sn_malloc(100000));
  if (argument[0] == 'o')
    show_what("what write out of bounds at 0x%2$zx: behind an object of 100 bytes at 0x%1$zx\n", object);
  if (argument[0] == 'o' && misuse())
    poke(object + 100);
  if (argument[0] == 'l' && argument[1] == 'a' && argument[2] == 'y')
    show_what("what free of 0x%zx: passed size 101 and alignment 8, allocated with size 100 and alignment 8\n", object);
  sn_rust_dealloc(object, 8, misuse() && strcmp(argument, "layout") == 0 ? 101 : 100);
  sn_free(large);
  if (argument[0] == 'd')
    show_what("what double free of 0x%zx: an object of 100 bytes\n", object);
  if (argument[0] == 'd' && misuse())
    sn_free(object);
  if (argument[0] == 'l')
    show_what("what double free of 0x%zx: memory that was given back\n", large);
  if (strcmp(argument, "large") == 0 && misuse())
    sn_free(large);
  if (argument[0] == 'w')
    show_what("what write after free at 0x%1$zx: in an object of 100 bytes at 0x%1$zx\n", object);
  if (argument[0] == 'w' && misuse())
    poke(object);
  exit(0);
}
