//! The two fast paths of the core, compiled into the caller: an object of the thread's own magazine is taken or put back
//! without a call. Where the size is known when the program is compiled, so is the size class.
//!
//! The C header `snmalloc_fast.h` describes what is done here, and what it relies on; a test compares the two. Everything
//! else goes to the functions of the core. On platforms whose thread-local storage stable Rust cannot reach, everything
//! does.

use core::ffi::c_void;

/// Returns what [`sn_rust_alloc`](crate::sn_rust_alloc) would, if that is in the thread's magazine. Otherwise it returns null,
/// as always for a `size` of 0, and the caller goes on with [`miss`].
///
/// # Safety
///
/// `alignment` is a power of two.
#[inline]
pub unsafe fn pop(alignment: usize, size: usize) -> *mut c_void {
    #[cfg(fast_path)]
    // SAFETY: see `inlined`; the caller vouches for the alignment.
    return unsafe { inlined::pop(alignment, size) };
    #[cfg(not(fast_path))]
    return {
        let _ = (alignment, size);
        core::ptr::null_mut()
    };
}

/// Returns what [`sn_rust_alloc`](crate::sn_rust_alloc) would, after [`pop`] has returned null to the same thread for the same
/// request. With the feature `profile`, `pop` may have counted the request already, and this does not count it again.
///
/// # Safety
///
/// `alignment` is a power of two.
#[inline]
pub unsafe fn miss(alignment: usize, size: usize) -> *mut c_void {
    #[cfg(all(fast_path, feature = "profile"))]
    // SAFETY: the caller vouches for the alignment.
    return unsafe { inlined::sn_rust_alloc_slow(alignment, size) };
    #[cfg(not(all(fast_path, feature = "profile")))]
    // SAFETY: as above.
    return unsafe { crate::sn_rust_alloc(alignment, size) };
}

/// Does what [`sn_rust_dealloc`](crate::sn_rust_dealloc) would, if there is room in the thread's magazine, and returns `true`.
/// Otherwise it does nothing and returns `false`, as always for a `size` of 0; then the caller calls that function.
///
/// # Safety
///
/// As of `sn_rust_dealloc`.
#[inline]
#[must_use]
pub unsafe fn push(ptr: *mut c_void, alignment: usize, size: usize) -> bool {
    #[cfg(fast_path)]
    // SAFETY: see `inlined`; the caller vouches for the pointer.
    return unsafe { inlined::push(ptr, alignment, size) };
    #[cfg(not(fast_path))]
    return {
        let _ = (ptr, alignment, size);
        false
    };
}

/// What the inlined fast paths rely on, in the order of `struct sn_fast_layout`; `None` where there are none.
#[doc(hidden)]
#[must_use]
pub fn layout() -> Option<([usize; 10], &'static [u8])> {
    #[cfg(fast_path)]
    return Some(inlined::layout());
    #[cfg(not(fast_path))]
    return None;
}

#[cfg(fast_path)]
mod inlined {
    use core::arch::asm;
    use core::ffi::c_void;
    use core::mem::size_of;
    use core::sync::atomic::{compiler_fence, AtomicU32, AtomicUsize, Ordering};

    const SMALL_MAX_BYTES: usize = 32 << 10;
    const CLASS_STEP_BYTES: usize = 8;
    const CLASS_COUNT: usize = 44;
    const LEAF_LOG2: usize = 30;
    const CHUNK_LOG2: usize = 14;
    const ENTRY_BYTES: usize = 8;

    type Cell = *mut c_void;

    /// The head of `sn::Magazines`.
    #[repr(C)]
    struct Magazines {
        tops: [*mut Cell; CLASS_COUNT],
        limits: [*mut Cell; CLASS_COUNT],
        class_table: [u8; SMALL_MAX_BYTES / CLASS_STEP_BYTES],
        tag: u32,
        countdown: isize,
    }

    const LIMITS_OFFSET: usize = CLASS_COUNT * size_of::<*mut Cell>();
    const TAG_OFFSET: usize = 2 * LIMITS_OFFSET + SMALL_MAX_BYTES / CLASS_STEP_BYTES;
    const COUNTDOWN_OFFSET: usize = TAG_OFFSET + size_of::<isize>(); // the tag is padded

    /// Known to the compiler, unlike the copy in `Magazines`: a constant size has a constant class.
    static CLASS_TABLE: [u8; SMALL_MAX_BYTES / CLASS_STEP_BYTES] = class_table();

    const fn class_table() -> [u8; SMALL_MAX_BYTES / CLASS_STEP_BYTES] {
        let mut table = [0; SMALL_MAX_BYTES / CLASS_STEP_BYTES];
        let mut class = 0;
        let mut step = 0;
        while step < table.len() {
            if (step + 1) * CLASS_STEP_BYTES > class_bytes(class) {
                class += 1;
            }
            table[step] = class;
            step += 1;
        }
        table
    }

    /// Multiples of 8 up to 64, then four to a doubling.
    const fn class_bytes(class: u8) -> usize {
        if class < 8 {
            (class as usize + 1) * CLASS_STEP_BYTES
        } else {
            (64 + 16 * ((class as usize - 8) % 4 + 1)) << ((class as usize - 8) / 4)
        }
    }

    #[link(name = "snmalloc", kind = "static")]
    extern "C" {
        static sn_shared_page_map_root: [AtomicUsize; 0];
        static sn_shared_no_heap_yet: [AtomicUsize; 0];
        #[cfg(feature = "profile")]
        pub fn sn_rust_alloc_slow(alignment: usize, size: usize) -> *mut c_void;
    }

    /// Tells the compiler that its caller seldom comes here.
    #[cold]
    fn unlikely() {}

    /// Where the core is linked, its variable takes the place of this one. Where a shared library has the core, the
    /// variable is that library's own, for linkers disagree about how to export such; then magazines that always are
    /// empty and full send every call to the core.
    macro_rules! empty_magazines {
        () => {
            ".ifndef sn_my_magazines
             .pushsection .tdata.sn_my_magazines, \"awT\", %progbits
             .weak sn_my_magazines
             .hidden sn_my_magazines
             .type sn_my_magazines, %object
             .p2align 3
             sn_my_magazines: .quad sn_shared_no_heap_yet
             .size sn_my_magazines, 8
             .popsection
             .endif"
        };
    }

    /// The calling thread's magazines: always valid, and its own.
    #[inline(always)]
    #[allow(named_asm_labels)] // once in each object
    fn magazines() -> *mut Magazines {
        let magazines;
        // Never called: a shared library exports what its inlined functions name, and sees no names in assembly.
        // SAFETY: no more than the address, and not even that.
        #[allow(unused_unsafe)]
        let _ = || unsafe { core::ptr::addr_of!(sn_shared_no_heap_yet) };
        // SAFETY: reads the thread-local variable `sn_my_magazines` of the core, by the initial-exec model that it is
        // compiled for.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            asm!(
                empty_magazines!(),
                "mov {0}, qword ptr [rip + sn_my_magazines@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0}]",
                out(reg) magazines,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            asm!(
                empty_magazines!(),
                "adrp {0}, :gottprel:sn_my_magazines",
                "ldr {0}, [{0}, :gottprel_lo12:sn_my_magazines]",
                "mrs {1}, tpidr_el0",
                "ldr {0}, [{0}, {1}]",
                out(reg) magazines,
                out(reg) _,
                options(pure, readonly, nostack, preserves_flags),
            );
        }
        magazines
    }

    /// SAFETY: `alignment` is a power of two.
    #[inline(always)]
    pub unsafe fn pop(alignment: usize, size: usize) -> *mut c_void {
        let last = (alignment - 1) | size.wrapping_sub(1);
        if last >= SMALL_MAX_BYTES {
            return core::ptr::null_mut();
        }
        // SAFETY: the table has an element for each step below SMALL_MAX_BYTES, and holds classes only. A magazine's top
        // points to a cell of the thread's own; the lowest one holds null.
        unsafe {
            let class = usize::from(*CLASS_TABLE.get_unchecked(last / CLASS_STEP_BYTES));
            let magazines = magazines();
            let top = (*magazines).tops.as_mut_ptr().add(class);
            let cell = *top;
            let object = *cell;
            if object.is_null() {
                unlikely();
                return object;
            }
            #[cfg(feature = "profile")]
            {
                (*magazines).countdown -= size as isize;
                if (*magazines).countdown < 0 {
                    unlikely();
                    return core::ptr::null_mut();
                }
            }
            *top = cell.sub(1);
            object
        }
    }

    /// SAFETY: `object` is a live object of the core, of this layout.
    #[inline(always)]
    pub unsafe fn push(object: *mut c_void, alignment: usize, size: usize) -> bool {
        let last = (alignment - 1) | size.wrapping_sub(1);
        if last >= SMALL_MAX_BYTES {
            return false;
        }
        let address = object as usize;
        // The class comes from the layout, and the page map only confirms it: the processor knows where the top is
        // stored without waiting for two loads that depend on the object, and need not guess whether the next
        // allocation reads it.
        // SAFETY: the page map has an entry for every live object. Where it names the class and this thread's heap, the
        // magazine has a cell above the top unless that is the limit.
        unsafe {
            let origin = (*sn_shared_page_map_root.as_ptr().add(address >> LEAF_LOG2)).load(Ordering::Relaxed);
            let entry = origin.wrapping_add((address >> CHUNK_LOG2) * ENTRY_BYTES) as *const AtomicU32;
            let magazines = magazines();
            let class = *CLASS_TABLE.get_unchecked(last / CLASS_STEP_BYTES);
            if (*entry).load(Ordering::Relaxed) ^ (*magazines).tag != u32::from(class) {
                unlikely();
                return false;
            }
            let class = usize::from(class);
            let top = (*magazines).tops.as_mut_ptr().add(class);
            let cell = *top;
            if cell == *(*magazines).limits.as_ptr().add(class) {
                unlikely();
                return false;
            }
            *cell.add(1) = object;
            compiler_fence(Ordering::Release); // a child of fork must not see the top without the cell
            *top = cell.add(1);
            true
        }
    }

    pub fn layout() -> ([usize; 10], &'static [u8]) {
        let numbers = [
            SMALL_MAX_BYTES,
            CLASS_STEP_BYTES,
            CLASS_COUNT,
            LEAF_LOG2,
            CHUNK_LOG2,
            ENTRY_BYTES,
            0,
            LIMITS_OFFSET,
            TAG_OFFSET,
            if cfg!(feature = "profile") { COUNTDOWN_OFFSET } else { 0 },
        ];
        (numbers, &CLASS_TABLE)
    }
}
