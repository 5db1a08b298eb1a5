// The allocator's address space. It is reserved in large pieces and cut into ranges, which are joined again when they
// are free. Ranges are as large as asked for, in chunks, and not rounded to a power of two.
//
// 1. The ranges of a reservation lie side by side and cover it; their boundaries stand in the page map.
// 2. Two free neighbours of the same state are one range, unless the system maps them apart (Range::moved).
// 3. Free resident memory stays within a budget (config.h); what is free the longest goes back first.
//
// Any thread; one lock. Lock order: heaps' registry, claims on heaps, this, arena. No function is called with the lock
// held.
#pragma once

#include "range/range.h"

#include <atomic>

namespace sn::space
{
// The largest request, in bytes: a larger one cannot fit the address space.
// On 32 bits it stays below PTRDIFF_MAX even when it is rounded up to pages.
constexpr size_t max_bytes =
  config::address_bits == 32 ? 2 * config::GiB - config::MiB : size_t(16) * config::KiB * config::GiB;
static_assert((max_bytes >> config::chunk_log2) - 1 < UINT32_MAX / 2, "the sum of two counts of chunks fits 32 bits");

// The chunks that `bytes` need: whole system pages. `bytes` is at most max_bytes.
uint32_t chunks_for(size_t bytes);

// Adds a piece of address space that the program gave: resident, and not zero. False: there is no memory for metadata,
// or there is a piece already.
bool add(uintptr_t base, size_t bytes);

// Returns a range in use whose base is a multiple of `align_chunks` (a power of two), or null when the system refuses
// memory.
Range* allocate_range(uint32_t chunks, uint32_t align_chunks);

// Returns up to `wanted` ranges, linked by `next`; or null. `fills`: all of each will be used soon.
Range* allocate_chain(uint32_t chunks, uint32_t align_chunks, size_t wanted, bool fills);

// As allocate_range(), of memory that is not resident, for pages that move there.
Range* allocate_clean(uint32_t chunks, uint32_t align_chunks);

// Whether free resident memory holds so much.
bool has_dirty(uint32_t chunks);

// Whether the program uses all of its large objects, as far as freed ones tell. A hint.
bool are_used_wholly();
// Judges a range that was fresh and is kept for other objects. free_range() does so, too.
void judge_use(Range* range);

// A heap wants to keep so many bytes more of the ranges that it frees; `is_first`: it keeps nothing yet. Returns how
// many it may, by the budget of free memory; end_lease() takes them back.
size_t lease(size_t bytes, bool is_first);
void end_lease(size_t bytes);
// How often one ended: before that, who was refused is likely to be refused again. Relaxed: a hint. Written with the
// lock held.
inline std::atomic<uint32_t> lease_ends{0};
// A heap keeps so many bytes more; or fewer, as the negative number that wraps round.
void note_kept(size_t more_bytes);
// The same. False: another thread has the lock, perhaps for long, as while the system moves a large object.
bool try_note_kept(size_t more_bytes);

// Makes ranges free. Their pages stay for the next user or go back to the system, as the budget says.
void free_range(Range* range);
void free_chain(Range* first);

// Makes the range larger or smaller in place. False: it stays as it is.
bool grow(Range* range, uint32_t chunks);
bool shrink(Range* range, uint32_t chunks);
// As grow(), by all means, when there is no second place for the range: the system will not move it afterwards.
SN_COLD bool grow_behind(Range* range, uint32_t chunks);

// Moves the pages of the first `old_bytes` of `from` to the start of `to`, and makes `from` free. Then `new_bytes` of
// `to` are accessible, and those behind the old ones are zero. False: refused; the pages are still in `from`, and `to`
// is free. With checks the bytes are those that are open, otherwise whole ranges.
SN_COLD bool move(Range* from, size_t old_bytes, Range* to, size_t new_bytes);

// Free memory is to go back: it passes the budget, or has been free for the delay. Written with the lock held. A hint:
// who sees it calls purge_slice() once nothing of ours is held, no bracket either.
inline Alone<std::atomic<bool>> has_excess{false};
// Gives some of it back: a slice of bounded size, and as much as was freed or taken since the last one. Nothing, if
// many threads are at it.
SN_COLD void purge_slice();
// Gives back all that is free. Called as purge_slice() is.
SN_COLD void purge_all();
// Whether the calling thread is in one of these two.
bool is_purging_here();
// To be called now and then. True: it is time to look at what heaps have kept for the delay, too. That comes once in
// the delay, if they may keep anything. While another thread has the lock this does nothing: the next call will do.
bool look_round(uint64_t now_ms);

// 1: something may have become free that is to go back later. Who sees to that (heap/idle.h) makes it 0 before it
// looks, and may sleep on it. Who makes it 1 looks afterwards whether somebody does. A sequentially consistent fence
// stands between the two, on both sides: so one of them sees the other.
inline Alone<std::atomic<uint32_t>> news{0};
inline std::atomic<bool> sleeps_until_news{false};
// A thread takes a heap, or leaves a warm one: if the program uses more than a little memory, that is news.
SN_COLD void note_thread();

// For the idle thread. Gives back what has been free for the delay or passes the budget, or with `all` everything; and
// the budget forgets as much. Returns the bytes.
size_t purge_resting(bool all);
// Whether any memory is free and resident.
bool has_free_memory();

// Keeps all ranges as they are while it lives: for a caller that looks at a range which others may free. The caller
// uses no function here meanwhile.
class Still
{
public:
  Still();
  ~Still();
  Still(const Still&) = delete;
  Still& operator=(const Still&) = delete;
};

// How often memory became free so far. A caller that was refused need not ask again before this changes.
SN_COLD size_t count_returns();

// Bytes in use, free but resident, on their way back to the system, and reserved; and what usage.h knew at the same
// moment.
struct Figures
{
  size_t used_bytes;
  size_t dirty_bytes;
  size_t purging_bytes;
  size_t reserved_bytes;
  size_t held_bytes;
};
SN_COLD Figures figures();

// Between the two the calling thread holds the lock, and may use all functions here; unless another thread holds it,
// which waits for the arena until the calling thread has left that. Nobody is in purge_slice() or the like, unless the
// caller `may_be_inside` anything itself. False: try again.
bool try_begin_fork(bool may_be_inside);
void end_fork();
// Whether the calling thread is inside a function here.
bool is_held_here();
// Wakes threads that still sleep although the calling thread has unlocked.
void wake_all();
// In a child of fork, whose other threads are gone. The first touches nothing that the lock guards. The second forgets
// what those threads were doing.
void lose_other_threads();
void forget_other_threads();

// Gives everything back. Nobody may use the allocator afterwards.
SN_COLD void release_all();
} // namespace sn::space
