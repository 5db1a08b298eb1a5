//! Runs one workload with the system's allocator as the global allocator.

#[global_allocator]
static ALLOCATOR: std::alloc::System = std::alloc::System;

/// glibc's own.
#[cfg(target_env = "gnu")]
const TRIM: Option<fn()> = Some(|| {
    // SAFETY: it may be called at any time.
    unsafe { libc::malloc_trim(0) };
});
#[cfg(not(target_env = "gnu"))]
const TRIM: Option<fn()> = None;

fn main() {
    workloads::child::main(TRIM);
}
