//! What the system says this process used.

/// Returns the largest resident size of this process so far, in bytes, where the system tells.
#[must_use]
pub fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn peak_grows_with_touched_memory() {
        const SIZE_BYTES: usize = 64 << 20;
        let before = super::peak_resident_bytes().unwrap();
        let touched = std::hint::black_box(vec![1u8; SIZE_BYTES]);
        let after = super::peak_resident_bytes().unwrap();
        assert!(after >= before.max(SIZE_BYTES as u64), "{before} then {after} with {} touched", touched.len());
    }
}
