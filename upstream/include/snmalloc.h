/* The C interface of the allocator: all that a caller may know about it.
 *
 * Every function may be called from any thread at any time: before main, after a thread's own exit hooks ran, and in
 * a child after fork. Sizes and alignments are in bytes. No function throws, sets errno or takes a user's lock.
 */
#ifndef SNMALLOC_H
#define SNMALLOC_H

#include <stddef.h>

/* What a program may choose. It defines a variable of this type, `const struct sn_options sn_configuration`, with C
 * linkage, in the program or library that the allocator is linked into; the allocator reads it before the first
 * allocation. After that it reads the variable SNMALLOC_OPTIONS of the environment, unless the program runs with more
 * rights than its user has: NAME=VALUE,NAME=VALUE with the names below, bytes also as 64K, 64M or 64G,
 * memory_limit=none, huge_pages=system, never or always, idle_purge=auto, never or always, and stats=never or exit.
 * What it does not understand it names on stderr, in one line, and ignores. SNMALLOC_OPTIONS=help shows on stderr what
 * there is and what is chosen, and the program goes on. */
struct sn_options
{
  size_t purge_delay_ms;  /* free memory goes back after that time, at a later call or by the idle thread; by default
                             1000 */
  size_t resident_budget; /* so many bytes of free memory may stay resident meanwhile, or a 16th of what is in use if
                             that is more; and what the program was seen to use again; by default 8 MiB */
  size_t memory_limit;    /* allocations that would make `held_bytes` larger are refused, after all that is free, or on
                             its way back, has made room; by default SIZE_MAX. Small objects count by their slab, touched
                             or not: each size class of each thread has one of its own, of 32 to 256 KiB, or of 16 to
                             256 KiB where the limit is below 512 MiB */
  size_t huge_pages;      /* 0: as the system chooses, 1: never, 2: always */
  size_t idle_purge; /* whether a thread of the allocator's own gives memory back while the program's threads sleep.
                        0: where the program has several threads, 1: never, 2: always, but not in a child of fork
                        before it has a second thread. It is there only while there is something to give back, gets
                        no signals, and is named snmalloc-idle. Windows has none */
  size_t stats;      /* 1: when the process exits, a line of figures goes to stderr, docs/interfaces.md says which.
                        0: never */
};

/* The figures of sn_read_stats(), in bytes where they say so, and counts otherwise.
 *
 * What a slow path changes is exact: slabs, what is free in them, ranges, large objects, heaps, and all that counts
 * events. What a fast path changes without the library hearing of it is read from the magazines of running threads,
 * without a lock: the figures of cached objects, and of live ones, which are the rest. So these are exact while no
 * other thread allocates or frees, and of slightly different moments otherwise. An object that another thread than its
 * owner freed counts as live until it is home: in a batch that is not full, or that its owner has not read.
 *
 * A build with SN_STATS counts each allocation and each free as it happens, and derives live objects from that: they
 * are exact for each operation, then, and objects on their way home are not among them. */
#define SN_CLASS_COUNT 44 /* at most; where there are fewer, all is 0 at the end */

/* Of one size class. */
struct sn_class_stats
{
  size_t object_bytes; /* every object's size */
  size_t slabs;
  size_t live_objects;   /* sampled */
  size_t cached_objects; /* free in magazines; sampled */
  size_t free_objects;   /* free in slabs */
  size_t allocations;    /* ever; 0 unless counts_operations, as the next */
  size_t frees;
};

struct sn_stats
{
  size_t held_bytes; /* as sn_rust_statistics() says, and so the next */
  size_t peak_bytes;
  size_t live_bytes;      /* of live objects, small by their class, large by their range; sampled */
  size_t cached_bytes;    /* free in magazines; sampled */
  size_t slab_free_bytes; /* free in slabs with live objects */
  size_t hole_bytes;      /* pages of these slabs that went back to the system: part of held_bytes, for any allocation
                             may take them again, and nobody can refuse that */
  size_t free_bytes;      /* free ranges that were used and not given back: resident, but for pages never touched */
  size_t purged_bytes;    /* free ranges of which nothing is resident: given back, or never used */
  size_t purging_bytes;   /* free ranges that are on their way back at this moment */
  size_t reserved_bytes;  /* address space, for objects */
  size_t metadata_bytes;
  size_t large_live_bytes;
  size_t large_allocations; /* of large objects, ever; as the next */
  size_t large_frees;
  size_t heaps_active; /* of threads, private, or borrowed */
  size_t heaps_parked;
  size_t batches_sent; /* ever, as the next */
  size_t remote_frees; /* in those batches */
  size_t purges;       /* how often memory went back to the system, and how much */
  size_t purged_ever_bytes;
  size_t idle_purged_bytes; /* of these, by the idle thread; but for pages of slabs, and of heaps themselves */
  size_t system_calls;      /* ever: for memory, to fence, to sleep and to wake */
  size_t counts_operations; /* 1: built with SN_STATS, otherwise 0 */
  struct sn_class_stats classes[SN_CLASS_COUNT];
};

/* A private heap. One thread at a time uses it. When it goes to another thread, that thread must see what the one
 * before did, as by a lock. Its memory is freed by the heap, or by sn_rust_dealloc on any thread at any time, or all at
 * once when the heap is deleted. */
struct sn_heap;

#ifdef __cplusplus
extern "C" {
#endif

/* Returns uninitialised memory of at least `size` bytes whose address is a multiple of `alignment`, or null when the
 * system refuses memory or the request cannot be expressed in the address space.
 * `alignment` is a power of two; `size` may be 0, then the result is unique and can be freed. */
void* sn_rust_alloc(size_t alignment, size_t size);

/* As sn_rust_alloc, with the first `size` bytes zero. */
void* sn_rust_alloc_zeroed(size_t alignment, size_t size);

/* Frees `ptr`, which is not null, came from an sn_rust_ function of this library and was not freed since; `alignment`
 * and `size` are those it was last allocated or reallocated with. Any thread may free what any other allocated. */
void sn_rust_dealloc(void* ptr, size_t alignment, size_t size);

/* Changes the size of `ptr` to `new_size` bytes, keeps the first min(old_size, new_size) bytes, and returns the new
 * address, which is `ptr` itself where that is possible. Returns null when memory is refused: `ptr` then stays valid
 * and unchanged. `alignment` and `old_size` are those `ptr` was allocated with; null `ptr` allocates. */
void* sn_rust_realloc(void* ptr, size_t alignment, size_t old_size, size_t new_size);

/* Changes the size of `ptr` to `new_size` bytes where it is, and returns the number of bytes usable then, at least
 * `new_size`. Returns 0 if it cannot, or if memory is refused: all is as it was. `ptr` is not null; `alignment` and
 * `old_size` are those it was allocated with. */
size_t sn_rust_resize_in_place(void* ptr, size_t alignment, size_t old_size, size_t new_size);

/* Returns the number of bytes usable at `ptr`, which is at least the size asked for and is the owner's to write, or
 * 0 if `ptr` is null or not the start of memory of this library. Any address may be asked about, also of memory that
 * other threads free meanwhile. Then the answer is 0, or the size of an earlier or later object at that address. */
size_t sn_rust_usable_size(const void* ptr);

/* The same, in less time, of `ptr` that is not null and that nobody frees meanwhile. */
size_t sn_rust_live_size(const void* ptr);

/* Returns what sn_rust_usable_size() will say of an object with this alignment and size, or 0 if none can be so large.
 * An object that a profile samples is larger, and a zeroed one may be. `alignment` is a power of two. */
size_t sn_rust_good_size(size_t alignment, size_t size);

/* Stores in `*current` the bytes that the allocator holds from the system for objects and for its own metadata and
 * has not given back, and in `*peak` the largest value of that figure so far. Address space that is merely reserved
 * is not counted; memory handed to a caller counts whole, touched or not, and so does a slab with live objects,
 * although pages of it may have gone back: see `hole_bytes`. Either pointer may be null. */
void sn_rust_statistics(size_t* current, size_t* peak);

/* Stores what the library knows of its memory in `*stats`, which is not null. Allocates nothing; takes a few
 * microseconds, and more with hundreds of heaps. */
void sn_read_stats(struct sn_stats* stats);

/* Stores in `*allocated` and `*freed` how many bytes the calling thread has allocated and freed so far, whichever
 * thread or heap the memory is of: small objects count by their class, large ones by their range, and by what they grow
 * or shrink when they stay in place. What ends with a private heap is freed by the thread that deletes it. Both numbers
 * only grow, and are exact; they are 0 unless built with SN_STATS, and once the thread's exit hooks ran. Either pointer
 * may be null. */
void sn_thread_counters(size_t* allocated, size_t* freed);

/* Gives back to the system at once what all heaps hold free, and returns how many bytes went back while it ran. Waits
 * for slow paths that other threads are in, and keeps them out meanwhile; their fast paths go on.
 * What stays: metadata; pages with a live object on them (slabs, without Linux or with checks); and of every other
 * thread that lives, a few objects in its magazines (of each size class up to 4, and 1 KiB or one object; without
 * Linux, or with checks, up to 128, and 32 KiB or 4 objects), those of other threads that it has freed and not sent
 * home yet (at most 2 MiB, or 10.25 MiB of thousands), and the pages or slabs that these lie in. */
size_t sn_trim(void);

/* Returns a new private heap, or null when the system refuses memory. */
struct sn_heap* sn_heap_new(void);

/* Frees all that `heap` has allocated and nobody has freed, in a time that grows with its pages and not with its
 * objects, and the heap itself. Neither may be used afterwards; `heap` is not null. */
void sn_heap_delete(struct sn_heap* heap);

/* As the sn_rust_ functions of these names, with memory of `heap`, which the calling thread has. Of memory that another
 * heap allocated, dealloc frees it there, and realloc moves it here if it has to move. `ptr` is not null. */
void* sn_heap_alloc(struct sn_heap* heap, size_t alignment, size_t size);
void* sn_heap_alloc_zeroed(struct sn_heap* heap, size_t alignment, size_t size);
void sn_heap_dealloc(struct sn_heap* heap, void* ptr, size_t alignment, size_t size);
void* sn_heap_realloc(struct sn_heap* heap, void* ptr, size_t alignment, size_t old_size, size_t new_size);

#ifdef __cplusplus
}
#endif

#endif
