//! A boxed object of constant size, for `ci/run golden`: with link-time optimisation its fast paths hold no call.

use std::hint::black_box;

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc::new();

#[no_mangle]
#[inline(never)]
pub fn make_box(value: u64) -> Box<[u64; 4]> {
    Box::new([value; 4])
}

#[no_mangle]
#[inline(never)]
pub fn drop_box(boxed: Box<[u64; 4]>) {
    drop(boxed);
}

fn main() {
    drop_box(black_box(make_box(black_box(1))));
}
