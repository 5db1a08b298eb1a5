// The whole allocator as one source, layer by layer, so that every builder compiles the same.
#include "base/compiler.h" // before any header of the C++ library's
#if defined(__ELF__) && !defined(SN_NONE) && !defined(SN_SHIM)
// A shared library of Rust's own kind exports the interface to Rust, and other libraries' copies do not take its place.
#  pragma GCC visibility push(protected)
#  include "snmalloc.h"
#  include "snmalloc_fast.h"
#  include "snmalloc_libc.h"
#  include "snmalloc_profile.h"
#  pragma GCC visibility pop
#endif

#ifndef SN_NONE
#  include "base/options.cc"
#endif

#if !defined(_WIN32) && !defined(SN_NONE)
#  include "os/posix.cc"
#  include "os/posix_exit.cc"
#  include "os/posix_thread.cc"
#endif
#if defined(SN_NONE)
#  include "os/no_advice.cc"
#  include "os/no_thread.cc"
#  include "os/none.cc"
#elif defined(_WIN32)
#  include "os/no_advice.cc"
#  include "os/no_thread.cc"
#  include "os/windows.cc"
#  include "os/windows_exit.cc"
#elif defined(__linux__)
#  include "os/elf.cc"
#  if defined(SN_MUSL) && defined(SN_OVERRIDE)
#    include "os/musl.cc"
#  endif
#  include "os/linux.cc"
#  include "os/linux_clock.cc"
#  include "os/linux_environment.cc"
#  include "os/linux_node.cc"
#elif defined(__APPLE__)
#  include "os/apple.cc"
#  include "os/no_advice.cc"
#  include "os/plain_memory.cc"
#  include "os/posix_environment.cc"
#elif defined(__FreeBSD__) || defined(__DragonFly__) || defined(__NetBSD__) || defined(__OpenBSD__)
#  include "os/bsd.cc"
#  include "os/elf.cc"
#  include "os/no_advice.cc"
#  include "os/plain_memory.cc"
#  include "os/posix_environment.cc"
#else
#  error "src/os/ has no file for this system"
#endif
#ifndef SN_NONE
#  include "os/options.cc"
#endif

#include "meta/arena.cc"
#include "meta/page_map.cc"

#include "range/blocks.cc"
#include "range/fork.cc"
#include "range/free_ranges.cc"
#include "range/lease.cc"
#include "range/purge.cc"
#include "range/reserve.cc"
#include "range/resize.cc"
#include "range/space.cc"

#include "slab/checked_object.cc"
#include "slab/holes.cc"
#include "slab/misuse.cc"
#include "slab/slab.cc"

#include "heap/cut.cc"
#include "heap/depot.cc"
#include "heap/fork.cc"
#include "heap/heap.cc"
#include "heap/idle.cc"
#include "heap/outbox.cc"
#include "heap/outside.cc"
#include "heap/private.cc"
#include "heap/registry.cc"
#include "heap/slab_holes.cc"
#include "heap/slabs.cc"
#include "heap/slots.cc"
#include "heap/start.cc"

#include "front/allocate.cc"
#include "front/checked.cc"
#include "front/checked_large.cc"
#include "front/free.cc"
#include "front/large.cc"
#include "front/limit.cc"
#include "front/private_heap.cc"
#include "front/resize.cc"
#include "front/thread.cc"
#include "front/trim.cc"
#include "front/usable.cc"

#ifdef SN_NONE
#  include "abi/region.cc"
#  include "front/region.cc"
#else
#  include "abi/abi.cc"
#  include "abi/exit_line.cc"
#  include "abi/stats.cc"
#  if defined(__linux__) && (!defined(SN_SHIM) || defined(SN_OVERRIDE))
#    include "abi/shared.cc"
#  endif
#  ifdef SN_PROFILE
#    include "abi/profile.cc"
#    include "front/profile.cc"
#  endif
#  ifdef SN_LIBC_API
#    include "abi/libc.cc"
#  endif
#  ifdef SN_SHIM
#    include "abi/shim.cc"
#    include "abi/shim_figures.cc"
#  endif
#  if defined(SN_OVERRIDE)
#    ifdef SN_MUSL
#      include "abi/musl.cc"
#    endif
#    include "abi/override.cc"
#    if UINTPTR_MAX > 0xffffffffu
#      include "abi/linked_runtime.cc"
#      include "abi/operators.cc"
#    endif
#  elif defined(SN_SHIM)
#    ifdef SN_CHECK
#      include "abi/copies.cc"
#    endif
#    include "abi/found_runtime.cc"
#    include "abi/operators.cc"
#  endif
#endif
