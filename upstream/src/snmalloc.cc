// The whole allocator as one source, layer by layer, so that every builder compiles the same.
#include "os/linux.cc"
#include "os/linux_environment.cc"
#include "os/options.cc"

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
#include "front/in_place.cc"
#include "front/large.cc"
#include "front/resize.cc"
#include "front/thread.cc"
#include "front/trim.cc"

#include "abi/abi.cc"
#include "abi/stats.cc"

#ifdef SN_LIBC_API
#  include "abi/libc.cc"
#endif
#ifdef SN_SHIM
#  include "abi/operators.cc"
#  include "abi/shim.cc"
#  include "abi/shim_figures.cc"
#endif
