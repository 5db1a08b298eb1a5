//! Overcommit off: the program works, and asks for little more than it uses.
#![cfg(unix)]

use std::fs;
use std::io;
use std::process::{Child, Command, Stdio};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::four_threads_work;
use snmalloc_tests::process::committed_bytes;
use snmalloc_tests::{isolated, report, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const SETTING: &str = "/proc/sys/vm/overcommit_memory";
const STRICT: &str = "2";

/// Puts the setting back once this process drops it, panics or is killed: a shell waits for the end of its input,
/// which this process holds open.
struct Guard(Child);

impl Guard {
    fn set() -> io::Result<Self> {
        let before = fs::read_to_string(SETTING)?;
        // Fails without the right to change it, before anything is started.
        fs::write(SETTING, &before)?;
        let restore = format!("trap '' INT TERM HUP; cat >/dev/null; echo {} >{SETTING}", before.trim());
        let guard = Self(Command::new("sh").args(["-c", &restore]).stdin(Stdio::piped()).spawn()?);
        fs::write(SETTING, STRICT)?;
        Ok(guard)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn works_without_overcommit() {
    let is_child = std::env::var_os("SNMALLOC_TESTS_CHILD").is_some();
    let _guard = match Guard::set() {
        _ if is_child => None,
        Ok(guard) => Some(guard),
        Err(error) => return report(&format!("SKIPPED works_without_overcommit: cannot set {SETTING}: {error}")),
    };
    isolated("works_without_overcommit", || {
        assert_eq!(fs::read_to_string(SETTING).unwrap().trim(), STRICT);
        four_threads_work(&mut Random::from_environment());
    });
}

/// The part of the promise that needs no right to change the system: what strict overcommit would count.
#[test]
fn commits_little_more_than_is_live() {
    isolated("commits_little_more_than_is_live", || {
        const LIVE_BYTES: usize = 200 * MIB;
        let before_bytes = committed_bytes();
        let blocks: Vec<Vec<u8>> = (0..LIVE_BYTES / 2_000).map(|_| Vec::with_capacity(2_000)).collect();
        let committed_bytes = committed_bytes() - before_bytes;
        drop(blocks);
        assert!(committed_bytes >= LIVE_BYTES, "{committed_bytes} bytes: the figure does not count our memory");
        assert!(committed_bytes < LIVE_BYTES * 3 / 2, "{committed_bytes} bytes for {LIVE_BYTES} live");
    });
}
