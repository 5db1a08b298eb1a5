// What fast paths in other shared libraries and programs reach (include/snmalloc_fast.h): a library of Rust's own kind
// exports it, so that its users have one allocator. Protected symbols can be exported, and yet no other library's take
// their place. The core itself uses its hidden names, for gcc looks even protected variables up.
#include "heap/magazine.h"
#include "meta/page_map.h"

extern "C" SN_SHARED_NAME_OF(
  "sn_page_map_root") std::atomic<uintptr_t> sn_shared_page_map_root[sn::page_map::root_entries];
extern "C" SN_SHARED_NAME_OF("_ZN2sn11no_heap_yetE") sn::Magazines sn_shared_no_heap_yet;
