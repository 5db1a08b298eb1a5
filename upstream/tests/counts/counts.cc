// What the core does that takes time of other cores, counted while each case is in its steady state, for each 1,000
// operations: see counted.h. A count above its limit fails the test.
//
//   counts [CASE]...      all cases, or those of which the names begin so
//
// With SN_INSTRUCTIONS=1 defined, it is for callgrind, and has the instructions of each case written instead: with all
// of them collected from the start if SN_ALL is in the environment, and otherwise only those of who holds a lock.
#include "counted.h"

#include "cases.h"

#include <sys/wait.h>

namespace
{
// Of 1,000 operations. A case of one thread has the same counts each time, but for chance in where memory lies. Where
// several threads take turns, the order of their steps decides, so there is more room: see Room.
struct Limits
{
  double locks;
  double shared;
  double own;
  double batches;
  double fences;
  double calls;
  double held; // calls by who holds a lock
};

struct Limited : Case
{
  Limits limits;
};

// Whoever passes 2 acquisitions is explained in docs/design/scaling.md.
const Limited cases[] = {
  //                                             locks, shared, own, batches, fences, calls, held
  {{"pairs-64", 1, pairs, 64, 0}, {0, 0, 0, 0, 0, 0, 0}},
  {{"pairs-64", 2, pairs, 64, 0}, {0, 0, 0, 0, 0, 0, 0}},
  {{"pairs-64", 4, pairs, 64, 0}, {0, 0, 0, 0, 0, 0, 0}},
  {{"pairs-64", 16, pairs, 64, 0}, {0, 0, 0, 0, 0, 0, 0}},
  {{"pairs-64k", 1, pairs, 64 * KiB, 0}, {0.6, 0, 1030, 0, 0, 0, 0}},
  {{"pairs-64k", 2, pairs, 64 * KiB, 0}, {0.6, 1.2, 1160, 0, 0, 0, 0}},
  {{"pairs-64k", 4, pairs, 64 * KiB, 0}, {0.6, 1.2, 1160, 0, 0, 0, 0}},
  {{"pairs-64k", 16, pairs, 64 * KiB, 0}, {0.6, 1.2, 1160, 0, 0, 0, 0}},
  {{"sets-16k", 1, sets, 16 * KiB, 200}, {55, 0, 580, 0, 0, 0, 0}},
  {{"sets-16k", 2, sets, 16 * KiB, 200}, {62, 130, 530, 0, 0, 5, 5}},
  {{"sets-16k", 4, sets, 16 * KiB, 200}, {62, 130, 530, 0, 0, 5.1, 5}},
  {{"sets-16k", 16, sets, 16 * KiB, 200}, {62, 130, 530, 0, 0, 5.3, 5}},
  {{"bursts-64k", 1, sets, 64 * KiB, 200}, {1010, 0, 3970, 0, 0, 0, 0}},
  {{"bursts-64k", 2, sets, 64 * KiB, 200}, {1190, 2370, 2260, 0, 0, 5.5, 5}},
  {{"bursts-64k", 4, sets, 64 * KiB, 200}, {1210, 2430, 2280, 0, 0, 6.4, 5}},
  {{"bursts-64k", 16, sets, 64 * KiB, 200}, {1230, 2460, 2290, 0, 0, 6.4, 5.1}},
  {{"replace-1m", 1, replace, MiB, 50}, {1030, 0, 4130, 0, 0, 22, 0}},
  {{"replace-1m", 2, replace, MiB, 50}, {1180, 2500, 2260, 0, 0, 100, 5}},
  {{"replace-1m", 4, replace, MiB, 50}, {1180, 2530, 2280, 0, 0, 120, 5}},
  {{"replace-1m", 16, replace, MiB, 50}, {1160, 2330, 2290, 0, 0, 14, 5}},
  {{"push-4m", 1, push, 4 * MiB, 0}, {460, 0, 1820, 0, 0, 0, 0}},
  {{"push-4m", 2, push, 4 * MiB, 0}, {1680, 3380, 1950, 0, 0, 82, 56}},
  {{"push-4m", 4, push, 4 * MiB, 0}, {1790, 3610, 2060, 0, 0, 59, 54}},
  {{"push-4m", 16, push, 4 * MiB, 0}, {1860, 3740, 2130, 0, 0, 120, 81}},
  {{"zeroed-8m", 1, zeroed, 8 * MiB, 0}, {1570, 0, 4150, 0, 0, 0, 0}},
  {{"zeroed-8m", 2, zeroed, 8 * MiB, 0}, {1780, 3610, 1250, 0, 0, 80, 5}},
  {{"zeroed-8m", 4, zeroed, 8 * MiB, 0}, {1780, 3650, 1180, 0, 0, 130, 35}},
  {{"zeroed-8m", 16, zeroed, 8 * MiB, 0}, {1780, 3690, 1170, 0, 0, 180, 24}},
  {{"producers-64", 2, producers, 64, 0}, {2, 14, 16, 4.1, 0, 5, 5}},
  {{"producers-64", 4, producers, 64, 0}, {2, 15, 16, 4.1, 0, 5.1, 5}},
  {{"producers-64", 16, producers, 64, 0}, {2, 14, 16, 4.1, 0, 5, 5}},
  {{"handover-100", 2, handover, 100, 0}, {2, 5.8, 6.9, 1.6, 0, 5.1, 5}},
  {{"handover-100", 4, handover, 100, 0}, {2, 6.7, 7.7, 1.9, 0, 5.1, 5}},
  {{"handover-100", 16, handover, 100, 0}, {2, 6.7, 7.8, 1.9, 0, 5.1, 5}},
  {{"asleep-16", 1, fan_asleep, 64, 16}, {2, 0, 27, 8.1, 0, 1, 0}},
  {{"asleep-64", 1, fan_asleep, 64, 64}, {2, 0, 28, 8.1, 0, 1, 0}},
  {{"asleep-256", 1, fan_asleep, 64, 256}, {2, 0, 55, 17, 0, 1, 0}},
  {{"gone-16", 1, fan_gone, 64, 16}, {17, 0, 110, 7.7, 0, 1, 0}},
  {{"gone-64", 1, fan_gone, 64, 64}, {17, 0, 110, 7.8, 0, 1, 0}},
  {{"gone-256", 1, fan_gone, 64, 256}, {33, 0, 210, 16, 0, 1, 0}},
  {{"heaps", 1, heaps, 500, 100}, {640, 0, 1500, 0, 0, 0, 0}},
  {{"heaps", 2, heaps, 500, 100}, {720, 1700, 300, 0, 0, 5.3, 5}},
  {{"heaps", 4, heaps, 500, 100}, {720, 1700, 300, 0, 0, 5.2, 5}},
  {{"heaps", 16, heaps, 500, 100}, {730, 1670, 300, 0, 0, 5.5, 5.1}},
  {{"waves", 1, waves, 100, 200}, {19, 67, 0, 0, 0, 0, 0}},
  {{"waves", 2, waves, 100, 200}, {21, 77, 2, 0, 0, 5, 5}},
  {{"waves", 4, waves, 100, 200}, {21, 77, 2.1, 0, 0, 5.2, 5}},
  {{"waves", 16, waves, 100, 200}, {21, 77, 2.1, 0, 0, 5.1, 5}},
  {{"trims", 1, trims, 0, 100}, {210, 0, 930, 0, 0, 0, 0}},
  {{"refusals", 1, refusals, 192 * MiB, 100}, {120, 0, 440, 0, 0, 0, 0}},
};

constexpr const char* usual_options = "purge_delay_ms=3600000"; // nothing happens by time
constexpr const char* limit_options = "purge_delay_ms=3600000,memory_limit=256M";

// Whether a lock, a shared line and a call are seen at all.
void check_counting()
{
  sn::Lock lock;
  counted::atomic<uint32_t> shared{0};
  counted::begin();
  lock.lock();
  lock.lock(); // which is no acquisition
  sn::os::wake_one(shared);
  lock.unlock();
  lock.unlock();
  EXPECT(lock.try_lock());
  lock.unlock();
  shared.fetch_add(1, std::memory_order_relaxed);
  std::thread([&] { shared.fetch_add(1, std::memory_order_relaxed); }).join();
  counted::Counts counts = counted::read();
  EXPECT_EQUAL(counted::acquisitions_of(&lock.word), 2);
  EXPECT_EQUAL(counted::all_acquisitions(), 2);
  EXPECT_EQUAL(counts.shared + counts.own, 7); // with the one that counts the call
  EXPECT(counts.shared >= 2);
  EXPECT_EQUAL(counts.calls, 1);
  EXPECT_EQUAL(counts.sleeps, 1);
  EXPECT_EQUAL(counts.held, 1);
}

void print_head()
{
  printf("%-18s %28s | %15s | %7s | %s\n", "", "acquisitions", "atomic changes", "", "system calls");
  printf(
    "%-18s %7s %7s %7s %7s %7s %7s | %7s %7s %7s %7s %7s\n", "case@threads", "all", "space", "all heaps", "arena",
    "shared", "own", "batches", "all", "fences", "mapping", "held");
}

bool is_within(const char* name, const char* what, double count, double limit)
{
  if (count <= limit + 0.005)
    return true;
  fprintf(stderr, "counts: %s: %s: %.2f, and the limit is %.2f\n", name, what, count, limit);
  return false;
}

// How many times their limits the counts may be. With several threads, who waits for whom is chance, most of all how
// often one sleeps.
struct Room
{
  double changes;
  double calls;
};

Room room_of(unsigned threads)
{
  return threads == 1 ? Room{1, 1} : Room{1.25, 4};
}

// Prints the counts and compares them.
bool is_within_limits(const Row& row, const Limited& one)
{
  const Limits& limits = one.limits;
  Room room = room_of(one.threads);
  auto per = [&](uint64_t count) { return 1000.0 * double(count) / double(row.operations); };
  const counted::Counts& counts = row.counts;
  printf(
    "%-18s %7.2f %7.2f %7.2f %7.2f %7.2f %7.2f | %7.2f %7.2f %7.2f %7.2f %7.2f\n", label, per(row.locks),
    per(row.space), per(row.registry), per(row.arena), per(counts.shared), per(counts.own), per(row.batches),
    per(counts.calls), per(counts.fences), per(counts.mappings), per(counts.held));
  fflush(stdout);
  bool is_right = is_within(label, "acquisitions", per(row.locks), room.changes * limits.locks);
  is_right &= is_within(label, "shared changes", per(counts.shared), room.changes * limits.shared);
  is_right &= is_within(label, "own changes", per(counts.own), room.changes * limits.own);
  is_right &= is_within(label, "batches", per(row.batches), limits.batches);
  is_right &= is_within(label, "fences of all threads", per(counts.fences), limits.fences);
  is_right &= is_within(label, "system calls", per(counts.calls), room.calls * limits.calls);
  is_right &= is_within(label, "system calls with a lock", per(counts.held), room.calls * limits.held);
  return is_right;
}

// In a process of its own, so that no case finds what another one left.
bool passes(const Limited& one)
{
  fflush(stdout);
  pid_t child = fork();
  if (child == 0)
  {
    setenv("SNMALLOC_OPTIONS", one.run == refusals ? limit_options : usual_options, 1);
    Row row = one.run(one);
    _exit(!counted::counts || is_within_limits(row, one) ? 0 : 1);
  }
  int status = 0;
  EXPECT(child > 0 && waitpid(child, &status, 0) == child);
  if (status != 0)
    fprintf(stderr, "counts: %s failed\n", label);
  return status == 0;
}

bool is_named(const char* name, char** first, char** end)
{
  for (char** word = first; word != end; word++)
    if (strncmp(name, *word, strlen(*word)) == 0)
      return true;
  return first == end;
}
} // namespace

int main(int count, char** words)
{
  if constexpr (counted::counts)
  {
    check_counting();
    print_head();
  }
  counted::choose_instructions(getenv("SN_ALL") != nullptr);
  bool has_passed = true;
  const char* before = "";
  for (const Limited& one : cases)
  {
    // More threads take the same instructions.
    bool is_again = !counted::counts && strcmp(one.name, before) == 0;
    before = one.name;
    snprintf(label, sizeof(label), "%s@%u", one.name, one.threads);
    if (!is_again && is_named(label, words + 1, words + count))
      has_passed &= passes(one);
  }
  return has_passed ? 0 : 1;
}
