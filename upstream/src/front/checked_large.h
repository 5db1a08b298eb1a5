// Large objects in builds with checks. The pages that an object needs are open. Those behind them are its guard. The
// rest of the last open page holds the fill.
//
// Called by the holder of the object.
#pragma once

#include "front/large.h"
#include "os/os.h"
#include "slab/misuse.h"

namespace sn::checked
{
// How many bytes of an object of that size are open: whole pages.
inline size_t open_bytes(size_t size)
{
  return align_up(size, os::page_bytes());
}

// Opens a range for an object, all zero. False: refused, and it is closed.
bool open(LargeObject* large, Layout layout);
// Notes that it is open for that layout already; what it holds stays.
void note_open(LargeObject* large, Layout layout);
void close(const LargeObject* large);

// Changes how much of its range is open; the range has room. False: refused, and nothing has changed.
bool resize_open(LargeObject* large, size_t new_size);

// The chunks of the first GiB name the object, so that addresses inside are known.
void tag_chunks(const LargeObject* large, Tag tag);

// Ends the process unless `object` is a large one, of a layout that agrees, and nobody wrote behind it.
void verify_large(const void* object, misuse::Act act, Layout passed);
// The same before it is freed: of two threads that free it, one gets no further.
void claim_large(const void* object, Layout passed);
} // namespace sn::checked
