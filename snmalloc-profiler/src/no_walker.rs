//! Where the system's unwinder takes all stacks.

/// Takes none.
pub fn trace(_: impl FnMut(usize) -> bool) -> bool {
    false
}

pub fn forget() {}
