// What other threads see of a heap. Slots are never given back, so a tag that was ever written names a slot for ever.
//
// Written by: `inbox`, `unread`, `batches` and `next_due` any thread; all else with the registry's lock held. Read
// without it: `claim` by the owner, `parked` by whoever has posted, and `is_private`, which never changes. `thread` of
// a private heap is written by who enters it, and read by the same thread when it forks.
#pragma once

#include "heap/claim.h"
#include "heap/inbox.h"
#include "meta/page_map.h"

namespace sn
{
class Heap;

struct alignas(line_bytes) HeapSlot
{
  Inbox inbox;
  Heap* heap;
  HeapSlot* next_parked;
  uint32_t purged_bytes;          // of the heap's own memory, while it is parked
  std::atomic<uint32_t> next_due; // 0: it is not in the list of those that are due; or the next one there
  Tag tag;                        // of kind 0
  Claim claim;                    // written by the owner, too, when it waits
  std::atomic<uint32_t> unread;   // batches in the inbox, roughly
  std::atomic<uint32_t> batches;  // of a private heap: all there are for it, in outboxes and in the inbox
  std::atomic<uintptr_t> thread;  // the one that owns the heap; of a private one, that was last in a slow path; or 0
  std::atomic<bool> parked;       // no thread owns the heap
  bool started;                   // the heap is set up; otherwise its memory is zero, or purged
  bool is_private;                // it never belongs to a thread
  bool is_ended;                  // a private heap whose objects are gone, or one that was lost in a fork and never
                                  // parks: what is sent to it means nothing
  uint8_t node;                   // below config::nodes: the one that its thread ran on at the end, while it is parked
  uint8_t stops;                  // forks that keep it claimed, of one thread: one may interrupt another
  bool is_torn : 1;               // and all the same its owner is in a slow path, which no child will see the end of
  bool is_orphan : 1;             // in a child of fork, until that is finished: its thread is gone
  bool is_being_purged : 1;       // by purge_parked(): it is in no list meanwhile
};

namespace registry
{
constexpr unsigned segment_log2 = config::has_system ? 12 : 6;
constexpr size_t slots_per_segment = size_t(1) << segment_log2;
constexpr size_t max_segments = config::has_system ? 4096 : 1;

extern std::atomic<HeapSlot*> segments[max_segments];

// The slot of an owner that a tag names.
inline HeapSlot& slot_of(uint32_t owner)
{
  return segments[owner >> segment_log2].load(std::memory_order_acquire)[owner & (slots_per_segment - 1)];
}
} // namespace registry
} // namespace sn
