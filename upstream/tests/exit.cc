// A process exits on Windows while other threads are in the allocator: the system ends them there, and what runs later
// may still allocate. It must come to an end, with the exit code of the program or with that of an orphaned lock.
#include "expect.h"
#include "random.h"

#include <process.h>
#include <windows.h>

namespace
{
constexpr int own_code = 7;
constexpr int orphaned_lock = int(0xc000004b);

[[noreturn]] void exit_amid_threads(const char* path)
{
  HMODULE library = LoadLibraryA(path);
  EXPECT(library != nullptr);
  auto* start_threads = reinterpret_cast<void (*)()>(reinterpret_cast<void*>(GetProcAddress(library, "start_threads")));
  start_threads();
  Sleep(10);
  ExitProcess(own_code);
}
} // namespace

// exit LIBRARY [child]
int main(int count, char** arguments)
{
  EXPECT(count >= 2);
  if (count == 3)
    exit_amid_threads(arguments[1]);
  int exits = 0;
  int orphaned = 0;
  int least = int(setting("SN_EXITS", 100));
  // With checks a lock is held for a small part of the time.
  while (exits < least || ((orphaned == 0 || orphaned == exits) && exits < 10 * least))
  {
    auto code = int(_spawnl(_P_WAIT, arguments[0], arguments[0], arguments[1], "child", nullptr));
    EXPECT(code == own_code || code == orphaned_lock);
    orphaned += code == orphaned_lock;
    exits++;
  }
  printf("%d of %d met an orphaned lock\n", orphaned, exits);
  EXPECT(orphaned > 0 && orphaned < exits); // otherwise this tests something else
}
