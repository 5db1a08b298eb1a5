// System calls without the C library, and the kernel's clock: both say what the C library says.
#include "core.h"

#include "expect.h"

#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

using namespace sn;

namespace
{
constexpr int private_memory = MAP_PRIVATE | MAP_ANONYMOUS;
constexpr int read_write = PROT_READ | PROT_WRITE;

void check_memory()
{
  const size_t page = os::page_bytes();
  auto* start = static_cast<char*>(os::kernel::mmap(nullptr, 4 * page, read_write, private_memory));
  EXPECT(start != MAP_FAILED);
  for (size_t at = 0; at < 4 * page; at++)
    EXPECT(start[at] == 0);
  memset(start, 7, 4 * page);
  EXPECT(os::kernel::madvise(start + page, page, MADV_DONTNEED) == 0);
  EXPECT(start[page - 1] == 7 && start[2 * page] == 7);
  EXPECT(os::kernel::mprotect(start, page, PROT_READ) == 0);
  EXPECT(start[0] == 7);
  EXPECT(os::kernel::munmap(start, page) == 0);
  // Five arguments, all of which count.
  auto* room = static_cast<char*>(os::kernel::mmap(nullptr, 8 * page, PROT_NONE, private_memory));
  void* moved =
    os::kernel::mremap(start + 2 * page, 2 * page, 3 * page, MREMAP_MAYMOVE | MREMAP_FIXED, room + 2 * page);
  EXPECT(moved == room + 2 * page && room[2 * page] == 7 && room[4 * page] == 0);
  // Exactly there.
  EXPECT(os::kernel::mmap(room, page, read_write, private_memory | MAP_FIXED) == room && room[0] == 0);
  EXPECT(os::kernel::munmap(room, 8 * page) == 0 && os::kernel::munmap(start, 4 * page) == 0);
}

void check_errors()
{
  errno = 0;
  EXPECT(os::kernel::mmap(nullptr, 0, read_write, private_memory) == MAP_FAILED && errno == EINVAL);
  errno = 0;
  EXPECT(os::kernel::munmap(reinterpret_cast<void*>(1), os::page_bytes()) == -1 && errno == EINVAL);
  errno = 0;
  EXPECT(os::kernel::write(-1, "", 1) == -1 && errno == EBADF);
  errno = 77;
  EXPECT(os::call_system(SYS_close, -1) == -EBADF && errno == 77);
}

void check_output()
{
  int ends[2];
  char text[16];
  EXPECT(pipe(ends) == 0);
  iovec pieces[] = {{const_cast<char*>("two "), 4}, {const_cast<char*>("pieces"), 6}};
  EXPECT(os::kernel::write(ends[1], "one,", 4) == 4 && os::kernel::writev(ends[1], pieces, 2) == 10);
  EXPECT(read(ends[0], text, sizeof(text)) == 14 && memcmp(text, "one,two pieces", 14) == 0);
  close(ends[0]);
  close(ends[1]);
}

uint64_t library_clock_ns(clockid_t clock)
{
  timespec now{};
  EXPECT(clock_gettime(clock, &now) == 0);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}

void check_clock(clockid_t clock)
{
  for (int round = 0; round < 1000; round++)
  {
    uint64_t before = library_clock_ns(clock);
    uint64_t ours = os::read_clock_ns(clock);
    EXPECT(before <= ours && ours <= library_clock_ns(clock));
  }
}

// By the kernel's function where there is one, and by a call.
void check_clocks()
{
  for (clockid_t clock : {CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_THREAD_CPUTIME_ID})
    check_clock(clock);
  uintptr_t image = getauxval(AT_SYSINFO_EHDR);
  EXPECT((os::clock_function.load() != nullptr) == (image != 0 && os::has_plain_addresses));
  os::clock_function.store(nullptr);
  check_clock(CLOCK_MONOTONIC);
  os::find_clock(image);
  check_clock(CLOCK_MONOTONIC);
}
} // namespace

int main()
{
  os::start();
  EXPECT_EQUAL(os::page_bytes(), size_t(sysconf(_SC_PAGESIZE)));
  check_memory();
  check_errors();
  check_output();
  check_clocks();
}
