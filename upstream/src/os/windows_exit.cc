// What a process says when it exits, on Windows: nothing closes stderr there, and only programs have a word.
#include "os/os.h"
#include "os/windows.h"

namespace sn::os
{
bool keep_stderr()
{
  return true;
}

void write_at_exit(const char* text, size_t length)
{
  write_error(text, length);
}

size_t this_process()
{
  return GetCurrentProcessId();
}

const char* library_path()
{
  return nullptr;
}
} // namespace sn::os
