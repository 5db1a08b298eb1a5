// Everything that can be chosen when the allocator is built. Each define is read here, once.
#pragma once

#include "base/compiler.h"

namespace sn::config
{
#ifdef SN_DEBUG
constexpr bool assertions = true;
#else
constexpr bool assertions = false;
#endif

// Misuse of the allocator ends the process, with a line that names it.
#ifdef SN_CHECK
constexpr bool checks = true;
#else
constexpr bool checks = false;
#endif

// There is an operating system. Without one, memory is what the program gives, and one thread at a time is in the
// allocator.
#ifdef SN_NONE
constexpr bool has_system = false;
#  ifdef SN_CHECK
#    error "checks close memory, which takes a system"
#  endif
#else
constexpr bool has_system = true;
#endif

// musl does not name itself. Headers may be those of another library than the one that is linked: then whoever builds
// says so.
#if defined(__linux__) && !defined(__GLIBC__) && !defined(__ANDROID__) && !defined(SN_MUSL) && !defined(SN_NONE)
#  define SN_MUSL 1
#endif

// A panic of Rust's is an object of 56 bytes at a multiple of 8, and LLVM's unwinder writes to it as if that were 16.
// Where programs have that unwinder, objects of so many bytes lie at multiples of 16.
#if defined(SN_MUSL) || (!defined(__GLIBC__) && !defined(_WIN32) && !defined(SN_NONE))
constexpr bool aligns_panics = true;
#else
constexpr bool aligns_panics = false;
#endif
constexpr size_t panic_bytes = 56;

// The program has the C library's names in itself (abi/override.cc). Of C++'s operators, those of a C++ library that is
// linked into it first come first: they call these.
#ifdef SN_OVERRIDE
#  define SN_SHIM
#  define SN_OPERATOR SN_EXPORT SN_WEAK
#else
#  define SN_OPERATOR SN_EXPORT
#endif

// The library is malloc, also for the C library.
#ifdef SN_SHIM
constexpr bool stands_in_for_malloc = true;
#else
constexpr bool stands_in_for_malloc = false;
#endif

// Every thread has a word of thread-local storage from the compiler. Otherwise the word is thread-specific data of the
// C library. Compilers for OpenBSD and older Android only emulate it, by calls that allocate.
#if defined(SN_NONE)
#  undef SN_THREAD_LOCAL
#  define SN_THREAD_LOCAL
#  undef SN_OF_THIS_THREAD
#  define SN_OF_THIS_THREAD(variable) (variable)
constexpr bool has_thread_locals = true; // all threads share it
#elif defined(SN_NOTLS) || defined(__OpenBSD__) || (defined(__ANDROID__) && __ANDROID_API__ < 29)
#  undef SN_THREAD_LOCAL
#  define SN_THREAD_LOCAL
#  undef SN_OF_THIS_THREAD
#  define SN_OF_THIS_THREAD(variable) (variable)
constexpr bool has_thread_locals = false;
#  ifdef SN_SHIM
#    error "malloc cannot be replaced without TLS (Android: before API level 29): what stands in for it may call malloc"
#  endif
#else
constexpr bool has_thread_locals = true;
#endif

// Advice to the system clears memory. That of user-mode QEMU may not.
#ifdef SN_QEMU
constexpr bool advice_clears = false;
#else
constexpr bool advice_clears = true;
#endif

// Pages of slabs in use go back to the system, as holes (slab/holes.h): where advice is enough for that. Not with
// checks, which look at free memory.
#if defined(__linux__) && !defined(SN_NONE)
constexpr bool makes_holes = !checks && advice_clears;
#else
constexpr bool makes_holes = false;
#endif

// Every allocation and free is counted, on the fast paths, too.
#ifdef SN_STATS
constexpr bool counts_operations = true;
#else
constexpr bool counts_operations = false;
#endif

// Allocations can be sampled for a profile (front/profile.h): the fast paths count their bytes. Not with checks, and
// not without a system.
#if defined(SN_PROFILE) && !defined(SN_CHECK) && !defined(SN_NONE)
constexpr bool profiles = true;
#else
constexpr bool profiles = false;
#endif

// Tests make any request to the system fail (base/faults.h) and pretend larger pages.
#ifdef SN_FAULTS
constexpr bool faults = true;
#else
constexpr bool faults = false;
#endif

// What takes the C library's place (abi/shim.cc) stays for as long as the process. The value of
// SN_SHIM stands before the names that it exports: nothing, or a prefix for a linker that gives them their names.
#ifdef SN_SHIM
constexpr bool stays_loaded = true;
#  define SN_SHIM_JOIN(prefix, name) prefix##name
#  define SN_SHIM_EXPAND(prefix, name) SN_SHIM_JOIN(prefix, name)
#  define SN_SHIM_NAME(name) SN_SHIM_EXPAND(SN_SHIM, name)
#else
constexpr bool stays_loaded = false;
#endif

// Address space is nothing but that until its pages are committed, and only goes back as it was reserved, whole.
#ifdef _WIN32
constexpr bool must_commit = true;
#else
constexpr bool must_commit = false;
#endif

// On Windows only. Calls that Windows 7 lacks are used where the system has them.
#ifdef SN_WIN8COMPAT
constexpr bool newest_calls = false;
#else
constexpr bool newest_calls = true;
#endif

// Threads wait by WaitOnAddress, which is one of those calls, and else by a condition variable.
#ifdef SN_WAIT_ON_ADDRESS
constexpr bool waits_on_address = true;
#else
constexpr bool waits_on_address = false;
#endif

// Bits of a user-space address: the most that a system hands out to programs that do not ask for wider ones. Where it
// has fewer, as with the 39 bits of small page tables, the rest of the page map's root is never touched.
#if UINTPTR_MAX > 0xffffffffu
#  if defined(__x86_64__) || defined(_M_X64)
constexpr unsigned address_bits = 47;
#  else
constexpr unsigned address_bits = 48;
#  endif
#else
constexpr unsigned address_bits = 32;
#endif

constexpr size_t KiB = 1024;
constexpr size_t MiB = 1024 * KiB;
constexpr size_t GiB = 1024 * MiB;

// The unit of address space and of the page map.
constexpr unsigned chunk_log2 = 14;
constexpr size_t chunk_bytes = size_t(1) << chunk_log2;

// With checks, the address space whose free and unused memory is inaccessible; a process may have some 65,000 mappings.
constexpr size_t guarded_bytes = GiB;

// With checks, objects are handed out in any order within so much of a slab.
constexpr size_t window_bytes = 16 * KiB;

// With checks, what each heap keeps of freed large objects, so that their addresses are not used again at once.
constexpr size_t quarantine_bytes = 2 * MiB;

// The least a slab takes. The smallest objects fill it as far as one word with a bit for each word of bits can tell.
constexpr size_t slab_min_chunks = 4;

// Below this limit of memory slabs are smaller: each class of each thread takes one at once. Not above, for with checks
// each is two mappings of the 65,000 that a process may have.
constexpr size_t small_slabs_below_bytes = 512 * MiB;

// When no more than this part of the limit is left, heaps take no more from their slabs and from the address space than
// they need.
constexpr size_t scarce_share = 4;

// The largest object that shares its slab with others.
constexpr size_t small_max_bytes = 32 * KiB;

// A magazine holds at most this many objects, and at most this many bytes as far as its least depth allows; with checks
// each class has a quarantine, too.
constexpr size_t magazine_max_objects = 128;
constexpr size_t magazine_min_objects = 4;
constexpr size_t magazine_bytes = (checks ? 16 : 32) * KiB;

// Magazines of threads that sleep can be cut (heap/cut.h): so much is left in each, in objects and in bytes, but one
// object at least. With checks they exchange objects at random, and below the top, too.
constexpr bool cuts_magazines = !checks && has_system;
constexpr size_t cut_left_objects = 4;
constexpr size_t cut_left_bytes = KiB;

// What a heap keeps of free objects beyond its magazines at most (heap/depot.h); with checks they wait elsewhere, and
// without a system memory is too little for it.
constexpr size_t depot_max_bytes = checks || !has_system ? 0 : MiB;

// Objects that are given back one after another and lie in one slab: fewer are not worth counting together.
constexpr ptrdiff_t short_run = 4;

// A batch is posted when its objects hold this much memory, full or not.
constexpr size_t outbox_bytes = 64 * KiB;

// Who posts to a heap that has not looked into its inbox for so many batches frees them in its stead.
constexpr uint32_t max_unread_batches = 64;

// A class of so many slabs will fill its next one, too: its pages are asked for at once.
constexpr size_t slabs_before_populating = 2;

// Empty ranges that one heap keeps for its next slabs.
constexpr size_t range_cache_bytes = 256 * KiB;

// The largest range of a large object that a heap keeps for its next ones.
// With checks they wait elsewhere, and without a system memory is too little for it.
constexpr bool keeps_large = !checks && has_system;
constexpr unsigned large_cache_max_log2 = 20;
constexpr size_t large_cache_max_bytes = size_t(1) << large_cache_max_log2;
// All heaps together keep this share of the base of the budget of free memory at most (range/purge_budget.h). Beside
// that each may keep a range, as far as the base goes.
constexpr size_t lease_share = 8;

// Large objects from this size on tell by pieces of their memory whether the program uses all of such objects.
constexpr size_t judged_min_bytes = 64 * KiB;
constexpr size_t judged_piece_bytes = 4 * KiB;

// Whether memory is ever taken in blocks: not with checks, which open what they use slab by slab; nor where the address
// space is small, or pages are charged for.
constexpr bool takes_blocks = !checks && !must_commit && sizeof(void*) == 8;

// From this size on large objects may lie in dirty memory and in clean.
constexpr uint32_t mixed_chunks = MiB / chunk_bytes;

// Above so much in use, memory is taken in blocks (range/growth.h): the size of a huge page. After one that
// took the system long, a block of some 4 ms, there is none for a while.
constexpr size_t blocks_from_bytes = 8 * MiB;
constexpr size_t block_bytes = 2 * MiB;
constexpr size_t blocks_max_bytes = 32 * MiB; // for one object
constexpr uint64_t growth_pause_min_ms = 32;
constexpr uint64_t growth_pause_max_ms = 1024;
constexpr size_t spare_max_chunks = slab_min_chunks; // slabs of objects up to two pages

// Free memory that stays resident (range/purge_budget.h): the larger of the first two figures, and at most the third of
// what was seen to be reused; none of it longer than the delay once the allocator's slow paths run again.
constexpr size_t purge_floor_bytes = 8 * MiB;
constexpr size_t purge_live_share = 16;
constexpr size_t purge_learned_max_bytes = address_bits == 32 ? 512 * MiB : 4096 * MiB;
constexpr uint64_t purge_delay_ms = 1000;
// A program that thrashes gives back in vain, within the delay, so many times as much as it ever used. It may keep this
// share more.
constexpr size_t purge_thrash_factor = 4;
constexpr size_t purge_thrash_share = 8;
// What goes back at a time: at the end of a slow path, about 0.1 ms; and where somebody waits for all of it.
constexpr size_t purge_slice_bytes = 512 * KiB;
constexpr size_t purge_piece_bytes = 4 * MiB;

// A slab of which less would go keeps its empty pages.
constexpr size_t least_hole_bytes = 8 * KiB;

// How much is done for holes at once, while others may have to wait: some 0.1 ms. A page counts as 1, for 0.4 µs or
// less.
constexpr size_t hole_look_cost = 1; // at a slab
constexpr size_t hole_call_cost = 4; // of the system
constexpr size_t hole_slice_cost = 300;
static_assert(hole_look_cost * block_bytes / chunk_bytes < hole_slice_cost, "a block can be judged in one slice");

// With checks, the first few parked heaps keep their current slabs of objects up to this size, free or not: to open and
// close memory, and to look at all that is free in it, costs more than most threads do.
constexpr size_t rested_max_bytes = checks ? 8 * KiB : 0;
constexpr size_t rested_heaps = 8;

// When a thread has allocated so much, it looks whether a profile has begun or ended.
constexpr ptrdiff_t profile_leg_bytes = 64 * KiB;

// Parked heaps are kept apart by so many nodes of memory; nodes beyond share the lists of others.
#if defined(__linux__) && !defined(__ANDROID__) && !defined(SN_NONE)
constexpr unsigned nodes = 8;
#else
constexpr unsigned nodes = 1;
#endif

// Parked heaps, and as many private ones that have ended, keep this share of the budget of free memory at most.
constexpr size_t parked_share = 2;

// They keep their current slabs, too, for threads that come soon, as long as what all of them took from slabs is no
// more than this. So much is touched at most.
constexpr size_t parked_slab_bytes = checks || !has_system ? 0 : 8 * MiB;

// Address space is reserved in pieces of a quarter of what there is already, within these bounds.
constexpr size_t reservation_min_bytes = 32 * MiB;
constexpr size_t reservation_max_bytes = GiB;

// The largest object that must read as zero and shares its slab with others: those have to be cleared, while memory for
// a large object may be zero, so that what the program never uses is never touched.
constexpr size_t zeroed_small_max_bytes = checks || !has_system ? small_max_bytes : 16 * KiB;

// From this size on memory that must read as zero is given back and mapped afresh rather than cleared: much of it may
// never be used.
// With checks every object is cleared, and then most are used.
constexpr size_t purge_to_clear_bytes = (checks ? 64 : 4) * MiB;

// From this size on a growing object is moved by moving its pages, where there is no resident memory to copy it to.
constexpr size_t move_pages_bytes = MiB;
} // namespace sn::config
