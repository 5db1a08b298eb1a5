// What the budget of free memory learns, forgets, and grants a program that thrashes.
#include "core.h"

using namespace sn;

namespace
{
constexpr size_t used_bytes = 64 * config::MiB;
constexpr size_t piece_bytes = 4 * config::MiB;

// Some memory is given back at once, and wanted again.
void give_back_in_vain(PurgeBudget& budget, uint64_t now_ms)
{
  budget.note_purged(piece_bytes, now_ms);
  budget.note_taken(piece_bytes, now_ms);
}

size_t learned_bytes(const PurgeBudget& budget, size_t used)
{
  return budget.limit_bytes(used) - PurgeBudget::base_bytes(used);
}

PurgeBudget thrash(uint64_t now_ms)
{
  PurgeBudget budget;
  budget.note_used(used_bytes);
  for (size_t bytes = 0; bytes <= (config::purge_thrash_factor + 1) * used_bytes; bytes += piece_bytes)
    give_back_in_vain(budget, now_ms);
  return budget;
}

void check_learning()
{
  PurgeBudget budget;
  budget.note_used(used_bytes);
  give_back_in_vain(budget, 1000);
  EXPECT_EQUAL(learned_bytes(budget, used_bytes), 0); // it would pass the most that was ever in use
  EXPECT_EQUAL(learned_bytes(budget, used_bytes / 2), piece_bytes);
  budget.note_expired(piece_bytes / 2);
  EXPECT_EQUAL(learned_bytes(budget, used_bytes / 2), piece_bytes / 2);

  // What is wanted after the delay was not given back in vain.
  PurgeBudget slow;
  slow.note_used(used_bytes);
  slow.note_purged(piece_bytes, 1000);
  slow.note_taken(piece_bytes, 1001 + config::purge_delay_ms);
  EXPECT_EQUAL(learned_bytes(slow, 0), 0);
}

void check_thrashing()
{
  PurgeBudget budget = thrash(1000);
  EXPECT_EQUAL(learned_bytes(budget, used_bytes), used_bytes / config::purge_thrash_share);

  // As much in vain over a longer time is none.
  PurgeBudget slow;
  slow.note_used(used_bytes);
  uint64_t now_ms = 1000;
  for (size_t bytes = 0; bytes <= 4 * config::purge_thrash_factor * used_bytes; bytes += piece_bytes)
    give_back_in_vain(slow, now_ms += config::purge_delay_ms / 32);
  EXPECT_EQUAL(learned_bytes(slow, used_bytes), 0);

  // It ends when memory is kept in vain.
  budget.note_expired(0);
  EXPECT_EQUAL(learned_bytes(budget, used_bytes), used_bytes / config::purge_thrash_share);
  budget.note_expired(1);
  EXPECT_EQUAL(learned_bytes(budget, used_bytes), 0);
}
} // namespace

int main()
{
  check_learning();
  check_thrashing();
}
