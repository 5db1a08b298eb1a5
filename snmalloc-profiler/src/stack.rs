//! Taking the addresses of the calling functions.

use std::ffi::c_void;

const MOST_FRAMES: usize = 256;

/// The addresses to which the calling functions return, the innermost first.
pub struct Addresses {
    count: usize,
    of: [usize; MOST_FRAMES],
}

impl Addresses {
    pub fn as_slice(&self) -> &[usize] {
        &self.of[..self.count]
    }

    /// False: there are enough.
    fn push(&mut self, address: usize, most: usize) -> bool {
        if self.count == most {
            return false;
        }
        self.of[self.count] = address;
        self.count += 1;
        true
    }
}

/// Takes `max_frames` of the calling functions at most. Allocates next to nothing, and only the first time in a thread or
/// after libraries were loaded.
#[inline(never)]
pub fn capture(max_frames: usize) -> Addresses {
    let most = max_frames.min(MOST_FRAMES);
    let mut addresses = Addresses { count: 0, of: [0; MOST_FRAMES] };
    if crate::walker::trace(|address| addresses.push(address, most)) {
        return addresses;
    }
    addresses.count = 0;
    trace(|address| addresses.push(address as usize, most));
    addresses
}

/// The system's unwinder may be in several threads at once, but on Windows.
fn trace(mut each: impl FnMut(*mut c_void) -> bool) {
    #[cfg(unix)]
    // SAFETY: the lock that this goes without is that of a library that only Windows has.
    unsafe {
        backtrace::trace_unsynchronized(|frame| each(frame.ip()));
    }
    #[cfg(not(unix))]
    backtrace::trace(|frame| each(frame.ip()));
}
