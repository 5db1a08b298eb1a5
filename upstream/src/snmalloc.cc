// The whole allocator as one source, layer by layer, so that every builder compiles the same.
#include "os/posix.cc"
#if defined(__linux__)
#  include "os/elf.cc"
#  include "os/linux.cc"
#elif defined(__APPLE__)
#  include "os/apple.cc"
#  include "os/plain_memory.cc"
#elif defined(__FreeBSD__) || defined(__DragonFly__) || defined(__NetBSD__) || defined(__OpenBSD__)
#  include "os/bsd.cc"
#  include "os/elf.cc"
#  include "os/plain_memory.cc"
#else
#  error "src/os/ has no file for this system"
#endif

#include "meta/arena.cc"
#include "meta/page_map.cc"

#include "range/check.cc"
#include "range/free_ranges.cc"
#include "range/space.cc"

#include "slab/misuse.cc"
#include "slab/object.cc"
#include "slab/slab.cc"

#include "heap/check.cc"
#include "heap/exchange.cc"
#include "heap/heap.cc"
#include "heap/registry.cc"

#include "front/allocate.cc"
#include "front/checked.cc"
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
#  ifdef SN_CHECK
#    include "abi/copies.cc"
#  endif
#  include "abi/operators.cc"
#  include "abi/shim.cc"
#endif
