//! A memory cgroup of 64 MiB: the program works within it, also when it changes what sizes it uses.
#![cfg(unix)]

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::Churn;
use snmalloc_tests::{isolated_with, report, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const LIMIT: &str = "67108864";

/// A group of its own below that of this process, removed in the end.
struct Group(PathBuf);

impl Group {
    fn create(name: &str) -> io::Result<Self> {
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let path_in = |is_wanted: fn(&str) -> bool| {
            let mut fields = own.lines().map(|line| line.splitn(3, ':').collect::<Vec<_>>());
            fields.find(|fields| is_wanted(fields[1])).map(|fields| fields[2].trim_start_matches('/').to_owned())
        };
        let (mount, own, limits) = match path_in(|kinds| kinds.split(',').any(|kind| kind == "memory")) {
            Some(own) => ("/sys/fs/cgroup/memory", own, ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]),
            None => ("/sys/fs/cgroup", path_in(str::is_empty).unwrap_or_default(), ["memory.max", "memory.swap.max"]),
        };
        let path = Path::new(mount).join(own).join(format!("snmalloc-{name}-{}", process::id()));
        fs::create_dir(&path)?;
        let group = Self(path);
        fs::write(group.0.join(limits[0]), LIMIT)?;
        // Absent where swap is not accounted. The old kind limits both together, the new one swap alone.
        let is_old = limits[1].starts_with("memory.memsw");
        let _ = fs::write(group.0.join(limits[1]), if is_old { LIMIT } else { "0" });
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

fn in_group(test: &str, body: impl FnOnce()) {
    let group = match Group::create(test) {
        _ if std::env::var_os("SNMALLOC_TESTS_CHILD").is_some() => None,
        Ok(group) => Some(group),
        Err(error) => return report(&format!("SKIPPED {test}: cannot make a memory cgroup: {error}")),
    };
    let enter = |command: &mut process::Command| {
        let members = group.as_ref().expect("only the parent prepares").0.join("cgroup.procs");
        let members = std::ffi::CString::new(members.into_os_string().into_encoded_bytes()).expect("no NUL in a path");
        let enter = move || {
            // SAFETY: plain system calls with live arguments; "0" is the calling process.
            let written = unsafe {
                let file = libc::open(members.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
                libc::write(file, c"0".as_ptr().cast(), 1)
            };
            if written == 1 {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            }
        };
        // SAFETY: the function only makes system calls.
        unsafe { command.pre_exec(enter) };
    };
    isolated_with(test, enter, body);
}

/// Four threads with 24 MiB live together take 52 to 57 MiB at their peak.
#[test]
fn threads_work_in_64_mib() {
    in_group("threads_work_in_64_mib", || {
        let mut random = Random::from_environment();
        for _ in 0..4 {
            thread::scope(|scope| {
                for _ in 0..4 {
                    let random = random.fork();
                    scope.spawn(|| Churn::new(random, 2_000, MIB, 6 * MIB).run(60_000));
                }
            });
        }
    });
}

/// What one size leaves must serve the next, or the sum of all passes the limit ten times over.
#[test]
fn sizes_follow_each_other_in_64_mib() {
    in_group("sizes_follow_each_other_in_64_mib", || {
        const LIVE_BYTES: usize = 40 * MIB;
        for size_bytes in [100_000, 24, 20_000, 64, 5_000, 200, 2 * MIB, 1_000, 40_000, 320, 5_000_000, 16] {
            let blocks: Vec<Box<[u8]>> =
                (0..LIVE_BYTES / (size_bytes + 16)).map(|_| vec![1; size_bytes].into()).collect();
            assert!(blocks.iter().all(|block| block[size_bytes - 1] == 1));
        }
    });
}

#[test]
fn the_limit_is_real() {
    if let Err(error) = Group::create("probe") {
        return report(&format!("SKIPPED the_limit_is_real: cannot make a memory cgroup: {error}"));
    }
    let over = || in_group("the_limit_is_real", || drop(std::hint::black_box(vec![1u8; 100 * MIB])));
    let is_child = std::env::var_os("SNMALLOC_TESTS_CHILD").is_some();
    assert!(is_child || std::panic::catch_unwind(over).is_err(), "100 MiB were granted in a group of 64 MiB");
    if is_child {
        over();
    }
}
