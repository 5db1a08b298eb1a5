// With checks, nobody can reach the memory of a free range, and of a range in use only what its user has opened.
// Without checks all of it is always accessible.
//
// A process may have only so many mappings, and each boundary between open and closed memory costs one. So only the
// first pieces of address space are guarded (config::guarded_bytes). Ranges of the others are `unguarded`.
//
// Any thread, for ranges that are the caller's.
#pragma once

#include "os/os.h"
#include "range/range.h"

namespace sn
{
// Opens or closes the bytes [from, to) of a range, which are whole pages. False: refused.
inline bool set_access(const Range* range, size_t from, size_t to, bool open)
{
  if (!config::checks || range->unguarded || from == to)
    return true;
  return os::protect(reinterpret_cast<void*>(range->base + from), to - from, open);
}

// If the system refuses these, the memory is not guarded.
inline void close_all(const Range* range)
{
  set_access(range, 0, range->bytes(), false);
}
// Of a range that was just reserved.
inline void close_fresh(const Range* range)
{
  if (!range->unguarded)
    os::close_fresh(address_of(range), range->bytes());
}
} // namespace sn
