// exit 0
// with: 1 100 10000 100000
#include "abuse.h"
#include "snmalloc_libc.h"

#include <stdlib.h>
#include <sys/personality.h>
#include <sys/wait.h>

// Two runs where the system puts everything at the same place: other addresses, and small objects in another order.
// The chance that 64 of them come in the same order all the same is one in 64!.
namespace
{
constexpr size_t count = 64;
using Addresses = std::vector<uintptr_t>;

Addresses addresses_of_a_run()
{
  Addresses addresses(count);
  int ends[2];
  CHECK(pipe(ends) == 0);
  if (fork() == 0)
  {
    CHECK(personality(ADDR_NO_RANDOMIZE) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0 && setenv("LIST", "1", 1) == 0);
    execl("/proc/self/exe", "two_runs_differ", "control", argument, nullptr);
    _exit(1);
  }
  int status;
  CHECK(wait(&status) > 0 && status == 0);
  CHECK(read(ends[0], addresses.data(), count * sizeof(uintptr_t)) == ssize_t(count * sizeof(uintptr_t)));
  return addresses;
}

void list()
{
  Addresses addresses;
  for (size_t object = 0; object < count; object++)
    addresses.push_back(uintptr_t(sn_malloc(number(0))));
  _exit(write(STDOUT_FILENO, addresses.data(), count * sizeof(uintptr_t)) < 0);
}

// How many are below each.
std::vector<size_t> ranks(const Addresses& addresses)
{
  std::vector<size_t> ranks;
  for (uintptr_t address : addresses)
    ranks.push_back(
      size_t(std::count_if(addresses.begin(), addresses.end(), [=](uintptr_t a) { return a < address; })));
  return ranks;
}
} // namespace

void run()
{
  if (getenv("LIST") != nullptr)
    list();
  Addresses first = addresses_of_a_run(), second = addresses_of_a_run();
  CHECK(first != second);
  CHECK(number(0) > 30000 || ranks(first) != ranks(second));
}
