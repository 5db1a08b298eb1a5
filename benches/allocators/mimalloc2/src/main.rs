//! Runs one workload with mimalloc 2 as the global allocator.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    /// Of mimalloc's public interface: gives free memory back.
    fn mi_collect(force: bool);
}

fn main() {
    workloads::child::main(Some(|| {
        // SAFETY: it may be called at any time.
        unsafe { mi_collect(true) };
    }));
}
