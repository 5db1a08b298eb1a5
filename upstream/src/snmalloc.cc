// The whole allocator as one source, layer by layer, so that every builder compiles the same.
#ifdef _WIN32
#  include "os/windows.cc"
#else
#  include "os/linux.cc"
#endif

#include "meta/arena.cc"
#include "meta/page_map.cc"

#include "range/check.cc"
#include "range/free_ranges.cc"
#include "range/space.cc"

#include "slab/slab.cc"

#include "heap/check.cc"
#include "heap/exchange.cc"
#include "heap/heap.cc"
#include "heap/registry.cc"

#include "front/allocate.cc"
#include "front/free.cc"
#include "front/large.cc"
#include "front/resize.cc"
#include "front/thread.cc"
#include "front/trim.cc"

#include "abi/abi.cc"

#ifdef SN_LIBC_API
#  include "abi/libc.cc"
#endif
#ifdef SN_SHIM
#  include "abi/operators.cc"
#  include "abi/shim.cc"
#endif
