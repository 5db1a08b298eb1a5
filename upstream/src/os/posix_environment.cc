// The environment where the allocator is not called before the C library has started.
#include "os/os.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace sn::os
{
size_t environment(const char* name, char* value, size_t capacity)
{
  const char* found = issetugid() != 0 ? nullptr : getenv(name);
  if (found == nullptr)
    return 0;
  size_t length = strlen(found);
  memcpy(value, found, length < capacity ? length : capacity);
  return length;
}
} // namespace sn::os
