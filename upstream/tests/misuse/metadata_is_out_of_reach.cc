// exit 0
#include "misuse.h"
#include "snmalloc.h"
#include "snmalloc_libc.h"

#include <malloc.h>
#include <pthread.h>

#include <set>

extern "C" const sn_options sn_configuration = {
  1000, 8 << 20, SIZE_MAX, 0, 1, // no idle thread, whose stack would be one more mapping
};

// Before and behind each mapping of the allocator that can be written, with objects in it or metadata, stands one that
// cannot be accessed, or nothing.
namespace
{
struct Mapping
{
  uintptr_t start, end;
  bool is_accessible;
};

// Without memory of the allocator's, nor of any other: that would add a mapping.
size_t read_mappings(Mapping (&mappings)[60000])
{
  FILE* file = fopen("/proc/self/maps", "r");
  EXPECT(file != nullptr);
  size_t count = 0;
  char line[1000], rights[5];
  while (fgets(line, sizeof(line), file) != nullptr)
  {
    EXPECT(count < 60000);
    Mapping& mapping = mappings[count++];
    EXPECT(sscanf(line, "%zx-%zx %4s", &mapping.start, &mapping.end, rights) == 3);
    mapping.is_accessible = rights[0] != '-' || rights[1] != '-';
  }
  fclose(file);
  return count;
}

Mapping before[60000], after[60000];
char stacks[4][1 << 16];
std::vector<char*> objects;

void allocate_all_kinds()
{
  for (size_t size = 0; size < 3000000; size = size * 5 / 4 + 1)
    for (size_t count = 0; count < 20000000 / (size + 4000); count++)
      objects.push_back(static_cast<char*>(sn_malloc(size)));
  for (size_t index = 0; index < objects.size(); index += 3)
  {
    sn_free(objects[index]);
    objects[index] = nullptr;
  }
}

// Stacks of our own, and libc's memory where it was: all mappings that are new are the allocator's.
void allocate_in_threads()
{
  for (auto& stack : stacks)
  {
    pthread_t thread;
    pthread_attr_t attributes;
    EXPECT(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, sizeof(stack)) == 0);
    auto body = [](void*) -> void* { return allocate_all_kinds(), nullptr; };
    EXPECT(pthread_create(&thread, &attributes, body, nullptr) == 0 && pthread_join(thread, nullptr) == 0);
  }
}
} // namespace

void run()
{
  EXPECT(mallopt(M_ARENA_MAX, 1) == 1 && mallopt(M_MMAP_MAX, 0) == 1);
  objects.reserve(1000000);
  size_t old_count = read_mappings(before);
  allocate_in_threads();
  allocate_all_kinds();
  std::sort(objects.begin(), objects.end());
  size_t count = read_mappings(after), with_objects = 0;
  for (size_t index = 1; index + 1 < count; index++)
  {
    const Mapping& mapping = after[index];
    bool is_old = std::any_of(before, before + old_count, [&](const Mapping& old) {
      return old.is_accessible && old.start < mapping.end && mapping.start < old.end;
    });
    if (is_old || !mapping.is_accessible)
      continue;
    EXPECT(!after[index - 1].is_accessible || after[index - 1].end < mapping.start);
    EXPECT(!after[index + 1].is_accessible || after[index + 1].start > mapping.end);
    auto first = std::lower_bound(objects.begin(), objects.end(), reinterpret_cast<char*>(mapping.start));
    with_objects += first != objects.end() && uintptr_t(*first) < mapping.end;
  }
  EXPECT(with_objects > 100);
}
