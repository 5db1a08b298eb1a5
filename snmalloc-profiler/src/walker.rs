//! Walking the stack by the unwind tables of the program and its libraries, in a fraction of the time that the system's
//! unwinder takes: what the tables say of a place is remembered. Whatever it cannot do, that one does.
//!
//! 1. Tables are read from copies, so that a library may be unloaded at any moment. They are made anew when the system has
//!    loaded or unloaded something since.
//! 2. Nothing is read but the thread's stack, from the frame of [`trace`] upwards.
//! 3. No call waits here for another: who finds the walker in use does without it. So does, for good, a child of `fork`
//!    that was made while another thread used it.

use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, MustNotAllocateDuringUnwind, Unwinder};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::Mutex;

static WALKER: Mutex<Option<Walker>> = Mutex::new(None);

struct Walker {
    loaded: Loaded,
    unwinder: UnwinderX86_64<Vec<u8>, MustNotAllocateDuringUnwind>,
    cache: Box<CacheX86_64<MustNotAllocateDuringUnwind>>,
    /// The code that there are tables for.
    code: Vec<Range<u64>>,
}

/// How many libraries were ever loaded, and unloaded.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Loaded(u64, u64);

/// Calls `each` with the addresses to which the calling functions return, the innermost first, until it returns false.
/// False: that may not be all of them.
#[inline(never)]
pub fn trace(mut each: impl FnMut(usize) -> bool) -> bool {
    let (ip, sp, bp): (u64, u64, u64);
    // SAFETY: only reads registers.
    unsafe {
        std::arch::asm!(
            "lea {0}, [rip]",
            "mov {1}, rsp",
            "mov {2}, rbp",
            out(reg) ip,
            out(reg) sp,
            out(reg) bp,
            options(nomem, nostack, preserves_flags),
        );
    }
    let stack = stack_of_thread();
    if !stack.contains(&sp) {
        return false; // a coroutine's, or a signal handler's
    }
    let Ok(mut walker) = WALKER.try_lock() else { return false };
    let loaded = loaded();
    if walker.as_ref().is_none_or(|walker| walker.loaded != loaded) {
        *walker = Some(Walker::new(loaded));
    }
    walker.as_mut().is_some_and(|walker| walker.walk(ip, UnwindRegsX86_64::new(ip, sp, bp), sp..stack.end, &mut each))
}

/// Lets the copies go, if nobody uses them: see 3.
pub fn forget() {
    if let Ok(mut walker) = WALKER.try_lock() {
        *walker = None;
    }
}

impl Walker {
    fn new(loaded: Loaded) -> Self {
        let (unwinder, cache) = (UnwinderX86_64::new(), Box::new(CacheX86_64::new_in()));
        let mut walker = Self { loaded, unwinder, cache, code: Vec::new() };
        // SAFETY: the function is called before this returns, with this walker.
        unsafe { libc::dl_iterate_phdr(Some(add_module), (&raw mut walker).cast()) };
        walker.code.sort_by_key(|range| range.start);
        walker
    }

    fn knows(&self, address: u64) -> bool {
        let behind = self.code.partition_point(|range| range.start <= address);
        behind > 0 && self.code[behind - 1].contains(&address)
    }

    fn walk(
        &mut self,
        ip: u64,
        mut registers: UnwindRegsX86_64,
        stack: Range<u64>,
        each: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        let mut read = |address: u64| {
            let is_inside = address >= stack.start && address < stack.end - 7 && address.is_multiple_of(8);
            // SAFETY: a word of the part of the thread's stack that is in use.
            is_inside.then(|| unsafe { *(address as *const u64) }).ok_or(())
        };
        let mut frame = FrameAddress::from_instruction_pointer(ip);
        // Of other code the unwinder would guess.
        while self.knows(frame.address_for_lookup()) {
            if !each(frame.address() as usize) {
                return true;
            }
            match self.unwinder.unwind_frame(frame, &mut registers, &mut self.cache, &mut read) {
                Ok(Some(address)) => match FrameAddress::from_return_address(address) {
                    Some(caller) => frame = caller,
                    None => return true,
                },
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    /// Copies the tables of a program or library, if they are of the usual kind.
    fn add(&mut self, base: u64, headers: &[libc::Elf64_Phdr]) -> Option<()> {
        let segments = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
        let index = addresses_of(headers.iter().find(|header| header.p_type == libc::PT_GNU_EH_FRAME)?);
        let code = segments().filter(|header| header.p_flags & libc::PF_X != 0);
        let code = code.map(addresses_of).reduce(|first, other| first.start..other.end)?;
        let index_bytes = copy(base, &index);
        // Version 1; the address of the table is four bytes, relative to themselves.
        let &[1, 0x1b, _, _, a, b, c, d, ..] = &index_bytes[..] else { return None };
        let frames_start = (index.start + 4).checked_add_signed(i32::from_le_bytes([a, b, c, d]).into())?;
        let frames = frames_start..segments().map(addresses_of).find(|range| range.contains(&frames_start))?.end;
        let frames_bytes = copy(base, &frames);
        let sections = ExplicitModuleSectionInfo {
            text_svma: Some(code.clone()),
            eh_frame_hdr_svma: Some(index),
            eh_frame_hdr: Some(index_bytes),
            eh_frame_svma: Some(frames),
            eh_frame: Some(frames_bytes),
            ..ExplicitModuleSectionInfo::default()
        };
        let code = base + code.start..base + code.end;
        self.unwinder.add_module(Module::new(String::new(), code.clone(), base, sections));
        self.code.push(code);
        Some(())
    }
}

fn addresses_of(header: &libc::Elf64_Phdr) -> Range<u64> {
    header.p_vaddr..header.p_vaddr + header.p_filesz
}

/// What a module that is loaded at `base` has there: of one of its segments that can be read.
fn copy(base: u64, range: &Range<u64>) -> Vec<u8> {
    let bytes = (range.end - range.start) as usize;
    // SAFETY: the system keeps the module loaded while it names it, and its tables are constants.
    unsafe { std::slice::from_raw_parts((base + range.start) as *const u8, bytes) }.to_vec()
}

unsafe extern "C" fn add_module(info: *mut libc::dl_phdr_info, _: usize, walker: *mut c_void) -> c_int {
    // SAFETY: the system passes what is valid until this returns, and Walker::new() its walker.
    let (info, walker) = unsafe { (&*info, &mut *walker.cast::<Walker>()) };
    if !info.dlpi_phdr.is_null() {
        // SAFETY: as above.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        walker.add(info.dlpi_addr, headers);
    }
    0
}

fn loaded() -> Loaded {
    unsafe extern "C" fn read(info: *mut libc::dl_phdr_info, _: usize, loaded: *mut c_void) -> c_int {
        // SAFETY: as in add_module().
        unsafe { *loaded.cast::<Loaded>() = Loaded((*info).dlpi_adds, (*info).dlpi_subs) };
        1 // all of them would say the same
    }
    let mut loaded = Loaded::default();
    // SAFETY: the function is called before this returns, with these figures.
    unsafe { libc::dl_iterate_phdr(Some(read), (&raw mut loaded).cast()) };
    loaded
}

/// The stack that the system gave the thread; an empty one if it does not say.
fn stack_of_thread() -> Range<u64> {
    thread_local! {
        static ENDS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }
    if ENDS.get() == (0, 0) {
        ENDS.set(ask_for_stack().unwrap_or((1, 1)));
    }
    ENDS.get().0..ENDS.get().1
}

fn ask_for_stack() -> Option<(u64, u64)> {
    let mut attributes = MaybeUninit::uninit();
    let mut start = std::ptr::null_mut();
    let mut bytes = 0;
    // SAFETY: all pointers are valid; the attributes are initialised before they are read.
    let result = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let result = libc::pthread_attr_getstack(attributes.as_ptr(), &mut start, &mut bytes);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        result
    };
    (result == 0).then_some((start as u64, start as u64 + bytes as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The way through functions that the compiler cannot see through, and through libraries.
    #[inline(never)]
    fn recurse(depth: usize, then: &mut dyn FnMut()) {
        if depth == 0 {
            return then();
        }
        let mut numbers = [depth, depth - 1];
        numbers.sort_by_key(|_| std::hint::black_box(depth));
        recurse(std::hint::black_box(numbers[0].min(numbers[1])), then);
        std::hint::black_box(&mut numbers);
    }

    fn frames_both_ways() -> (Vec<usize>, Vec<usize>) {
        let (mut own, mut systems) = (Vec::new(), Vec::new());
        assert!(
            trace(|address| {
                own.push(address);
                true
            }),
            "{own:x?}"
        );
        // SAFETY: see `stack`.
        unsafe {
            backtrace::trace_unsynchronized(|frame| {
                systems.push(frame.ip() as usize);
                true
            });
        }
        systems.retain(|&address| address != 0); // behind the outermost one
        (own, systems)
    }

    /// The two stacks differ in the functions that take them, and in nothing else.
    fn compare() {
        let mut checked = 0;
        for depth in [0, 1, 10, 50] {
            recurse(depth, &mut || {
                let (own, systems) = frames_both_ways();
                let outer = |frames: &[usize]| frames.iter().rev().take(depth + 3).copied().collect::<Vec<_>>();
                assert!(own.len() > depth + 3, "{own:x?}");
                let shorter = own.len().min(systems.len()) - 3;
                assert_eq!(own[own.len() - shorter..], systems[systems.len() - shorter..]);
                assert_eq!(outer(&own), outer(&systems));
                checked += 1;
            });
        }
        assert_eq!(checked, 4);
    }

    extern "C" fn called_by_the_c_library(_: *const c_void, _: *const c_void) -> c_int {
        compare();
        0
    }

    /// One test for all, which else would find the walker in use.
    #[test]
    fn frames_are_the_systems() {
        compare();
        std::thread::spawn(compare).join().unwrap();
        forget();
        compare();
        let mut numbers = [2, 1];
        // SAFETY: the array holds two elements of that size.
        unsafe { libc::qsort(numbers.as_mut_ptr().cast(), 2, size_of::<i32>(), Some(called_by_the_c_library)) };
        #[cfg(target_env = "gnu")]
        libraries_that_are_loaded_later_are_known();
        let _used = WALKER.lock();
        assert!(!trace(|_| true), "nobody waits");
        forget();
    }

    #[cfg(target_env = "gnu")]
    fn libraries_that_are_loaded_later_are_known() {
        // SAFETY: the library and its function are only looked at.
        let function = unsafe {
            let library = libc::dlopen(c"libresolv.so.2".as_ptr(), libc::RTLD_NOW);
            libc::dlsym(library, c"ns_format_ttl".as_ptr()) as u64
        };
        assert_ne!(function, 0);
        let knows_function = || WALKER.lock().unwrap().as_ref().unwrap().knows(function);
        assert!(!knows_function());
        compare();
        assert!(knows_function());
    }

    #[test]
    fn nothing_is_read_beyond_the_stack() {
        let Range { start, end } = stack_of_thread();
        let mut walker = Walker::new(loaded());
        let here = recurse as fn(usize, &mut dyn FnMut()) as usize as u64;
        for bp in [0, 1, 8, start - 8, end - 8, end, u64::MAX - 7] {
            for sp in [end - 8, end - 16, end - 64] {
                let mut frames = 0;
                walker.walk(here, UnwindRegsX86_64::new(here, sp, bp), sp..end, &mut |_| {
                    frames += 1;
                    frames < 100
                });
                assert!(frames <= 10, "{frames} frames in {} bytes", end - sp);
            }
        }
    }
}
