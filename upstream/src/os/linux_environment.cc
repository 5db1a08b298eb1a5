// The environment on Linux and Android, also before the C library has started: the preload library is called then.
#include "os/linux.h"

#include "os/os.h"
#include "os/raw_call.h"

#include <fcntl.h>
#include <unistd.h>

namespace sn::os
{
namespace
{
// Finds the value of a variable in the text of the environment, which is fed to it: NAME=VALUE, each with a 0 behind
// it.
class VariableFinder
{
public:
  VariableFinder(const char* wanted, char* out, size_t out_bytes) : name(wanted), value(out), capacity(out_bytes) {}

  size_t length() const { return found; }

  // True: the value is complete.
  bool feed(char next)
  {
    if (next == 0)
    {
      if (is_value)
        return true;
      at = name;
    }
    else if (is_value)
    {
      if (found < capacity)
        value[found] = next;
      found++;
    }
    else if (at != nullptr)
    {
      is_value = *at == 0 && next == '=';
      at = *at == next ? at + 1 : nullptr;
    }
    return false;
  }

private:
  const char* name;
  char* value;
  size_t capacity;
  size_t found = 0;
  const char* at = name; // null: this is another variable
  bool is_value = false;
};

void find_in_library(VariableFinder& finder)
{
  for (char** variable = environ; *variable != nullptr; variable++)
    for (const char* next = *variable;; next++)
      if (finder.feed(*next))
        return;
      else if (*next == 0)
        break;
}

void find_in_kernel(VariableFinder& finder)
{
  auto file = call_system(SYS_openat, AT_FDCWD, "/proc/self/environ", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return;
  char buffer[1024];
  bool is_done = false;
  for (long bytes; !is_done && (bytes = call_system(SYS_read, file, buffer, sizeof(buffer))) > 0;)
    for (long at = 0; at < bytes && !is_done; at++)
      is_done = finder.feed(buffer[at]);
  call_system(SYS_close, file);
}

} // namespace

size_t environment(const char* name, char* value, size_t capacity)
{
  if (auxiliary::is_secure.load(std::memory_order_relaxed))
    return 0;
  VariableFinder finder(name, value, capacity);
  if (environ != nullptr)
    find_in_library(finder);
  else
    find_in_kernel(finder);
  return finder.length();
}
} // namespace sn::os
