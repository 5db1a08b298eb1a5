//! A child of `fork` finds the profile whole, and its lock free: the forking thread takes it before, and lets it go on both
//! sides after. The allocator's own handlers are older, so that they prepare later: its locks come behind this one, as
//! ever.

use crate::state;
use std::sync::Once;

/// Once for the process; without effect if there is no memory for it.
pub fn install_handlers() {
    static ONCE: Once = Once::new();
    // SAFETY: the functions live as long as the program; a library with this crate in it must not be unloaded.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(Some(prepare), Some(resume), Some(resume));
    });
}

extern "C" fn prepare() {
    state::lock_for_fork();
}

extern "C" fn resume() {
    state::unlock_after_fork();
}
