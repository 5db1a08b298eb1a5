// exit 0
// with: 1 100 10000 100000
#include "misuse.h"
#include "snmalloc_libc.h"

#include <set>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/wait.h>

// Of twenty runs each two differ. Small objects come in another order and at other addresses even where the system puts
// everything at the same place; the chance that 32 of them do not is less than one in 4^28. Large ones lie side by
// side, and move with what the system chooses.
namespace
{
constexpr size_t count = 32;
using Addresses = std::vector<uintptr_t>;

bool is_large()
{
  return number(0) > 30000;
}

Addresses addresses_of_a_run()
{
  Addresses addresses(count);
  int ends[2];
  EXPECT(pipe(ends) == 0);
  if (fork() == 0)
  {
    EXPECT(is_large() || personality(ADDR_NO_RANDOMIZE) >= 0);
    EXPECT(dup2(ends[1], STDOUT_FILENO) >= 0 && setenv("LIST", "1", 1) == 0);
    execl("/proc/self/exe", "two_runs_differ", "control", argument, nullptr);
    _exit(1);
  }
  int status;
  EXPECT(wait(&status) > 0 && status == 0);
  close(ends[1]);
  EXPECT(read(ends[0], addresses.data(), count * sizeof(uintptr_t)) == ssize_t(count * sizeof(uintptr_t)));
  close(ends[0]);
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
  std::set<Addresses> addresses;
  std::set<std::vector<size_t>> orders;
  for (int run = 0; run < 20; run++)
  {
    Addresses found = addresses_of_a_run();
    EXPECT(addresses.insert(found).second);
    EXPECT(is_large() || orders.insert(ranks(found)).second);
  }
}
