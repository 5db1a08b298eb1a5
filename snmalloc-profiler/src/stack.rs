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
}

/// Takes `max_frames` of the calling functions at most. Allocates nothing.
#[inline(never)]
pub fn capture(max_frames: usize) -> Addresses {
    let most = max_frames.min(MOST_FRAMES);
    let mut addresses = Addresses { count: 0, of: [0; MOST_FRAMES] };
    trace(|ip| {
        if addresses.count == most {
            return false;
        }
        addresses.of[addresses.count] = ip as usize;
        addresses.count += 1;
        true
    });
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
