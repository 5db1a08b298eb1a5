//! Micro benchmarks of rpmalloc.

fn main() {
    micro::run("rpmalloc", &rpmalloc::RpMalloc);
}
