//! What the kernel says of this process's memory, read without allocating.

use std::fs::File;
use std::io::Read;

/// Resident bytes now. Counted page by page, as the kernel's running counters
/// may lag by hundreds of KiB.
pub fn resident_bytes() -> u64 {
    field("/proc/self/smaps_rollup", b"Rss:")
}

/// The most bytes that were ever resident. Unlike `ru_maxrss` it does not start
/// with what the parent had before `exec`.
pub fn peak_bytes() -> u64 {
    field("/proc/self/status", b"VmHWM:").max(resident_bytes())
}

fn field(path: &str, key: &[u8]) -> u64 {
    let mut text = [0; 4096];
    let Ok(read) = File::open(path).and_then(|mut file| file.read(&mut text)) else {
        return 0;
    };
    let line = text[..read].split(|&b| b == b'\n').find(|line| line.starts_with(key));
    let digits = line.into_iter().flatten().filter(|b| b.is_ascii_digit());
    1024 * digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}
