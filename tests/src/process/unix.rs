//! From `/proc`, and by the calls of POSIX.

use std::fs;
use std::io;

/// Returns the resident size of this process in bytes.
#[must_use]
pub fn resident_bytes() -> usize {
    status_bytes("VmRSS:")
}

/// Returns the size of this process's address space in bytes: what `ulimit -v` limits.
#[must_use]
pub fn address_space_bytes() -> usize {
    status_bytes("VmSize:")
}

/// Returns the size of all private writable memory in bytes: what strict overcommit counts.
#[must_use]
pub fn committed_bytes() -> usize {
    status_bytes("VmData:")
}

/// Returns the resident memory of this process that is no file's, in bytes. Slow, but exact: the system counts it anew.
#[must_use]
pub fn anonymous_bytes() -> usize {
    bytes_in("/proc/self/smaps_rollup", "Anonymous:")
}

/// Returns what the system says in a field, such as `Locked:`, of the mapping that `address` lies in.
#[must_use]
pub fn mapping_field(address: *const u8, field: &str) -> String {
    let address = address as usize;
    let maps = fs::read_to_string("/proc/self/smaps").expect("/proc is mounted");
    let mut is_it = false;
    for line in maps.lines() {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let number = |text| usize::from_str_radix(text, 16).ok();
        if let Some((start, end)) = range.and_then(|(start, end)| Some((number(start)?, number(end)?))) {
            is_it = (start..end).contains(&address);
        } else if let Some(value) = line.strip_prefix(field).filter(|_| is_it) {
            return value.trim().to_owned();
        }
    }
    panic!("no mapping of {address:x} with {field}");
}

fn status_bytes(field: &str) -> usize {
    bytes_in("/proc/self/status", field)
}

fn bytes_in(file: &str, field: &str) -> usize {
    let status = fs::read_to_string(file).expect("/proc is mounted");
    bytes_of(status.lines().find_map(|line| line.strip_prefix(field)).expect(field))
}

/// The number of bytes that a field of `/proc` says: `12 kB`.
#[must_use]
pub fn bytes_of(field: &str) -> usize {
    let kib: usize = field.trim().trim_end_matches(" kB").parse().expect(field);
    kib * 1024
}

/// Limits the address space to `bytes`, or lifts the limit. Allocates nothing, and may be called after fork.
pub fn limit_address_space(bytes: Option<usize>) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` outlives both calls.
    let result = unsafe {
        libc::getrlimit(libc::RLIMIT_AS, &mut limit);
        limit.rlim_cur = bytes.map_or(limit.rlim_max, |bytes| bytes as libc::rlim_t);
        libc::setrlimit(libc::RLIMIT_AS, &limit)
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Runs `body` in a fork of this process and returns its wait status. The child ends with `_exit(0)` when `body`
/// returns, with `_exit(101)` when it panics, and with SIGALRM after `limit_seconds`.
pub fn fork(limit_seconds: u32, body: impl FnOnce()) -> libc::c_int {
    wait(start_fork(limit_seconds, body))
}

/// As [`fork()`], without waiting; returns the child's process id.
pub fn start_fork(limit_seconds: u32, body: impl FnOnce()) -> libc::pid_t {
    // SAFETY: only the calling thread goes on in the child, which ends before it returns; what other threads may
    // have held at the fork is what the tests are about.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0, "fork: {}", io::Error::last_os_error());
        if child == 0 {
            libc::alarm(limit_seconds);
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            libc::_exit(if result.is_ok() { 0 } else { 101 });
        }
        child
    }
}

/// Waits for the child `pid` and returns its wait status.
pub fn wait(pid: libc::pid_t) -> libc::c_int {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let waited = unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!(waited, pid, "waitpid: {}", io::Error::last_os_error());
    status
}

/// Says in words what the wait status `status` means.
#[must_use]
pub fn describe(status: libc::c_int) -> String {
    if libc::WIFEXITED(status) {
        format!("exit code {}", libc::WEXITSTATUS(status))
    } else if libc::WTERMSIG(status) == libc::SIGALRM {
        "hang".to_owned()
    } else {
        format!("signal {}", libc::WTERMSIG(status))
    }
}
