//! The build script has found no C++ compiler. What generates no code, as `cargo check` and `cargo doc`, does not notice; what
//! does, stops here, with the script's message.

struct Stop<T>(T);

impl<T> Stop<T> {
    const NOW: () = panic!("{}", include_str!(concat!(env!("OUT_DIR"), "/no_core.txt")));
}

#[doc(hidden)]
pub fn stop() {
    Stop::<()>::NOW
}
