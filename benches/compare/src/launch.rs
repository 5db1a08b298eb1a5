//! One process, measured from outside.

use anyhow::{Context, Result, bail};
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A process that ended well.
pub struct Ended {
    pub stdout: String,
    pub wall_s: f64,
    pub cpu_s: f64,
    /// Pages that the kernel had to provide.
    pub faults: u64,
}

/// Runs `program` to its end, or kills it after `timeout`.
pub fn run(program: &Path, args: &[String], timeout: Duration) -> Result<Ended> {
    let start = Instant::now();
    // Reaped below by `wait4`, which also tells the processor time.
    #[allow(clippy::zombie_processes)]
    let mut child = Command::new(program).args(args).stdout(Stdio::piped()).spawn()?;
    let pid = child.id() as libc::pid_t;
    let (ended, watch) = channel();
    let watchdog = thread::spawn(move || kill_after(timeout, pid, &watch));

    let mut stdout = String::new();
    let read = child.stdout.take().context("stdout is piped")?.read_to_string(&mut stdout);
    await_end(pid)?;
    let wall_s = start.elapsed().as_secs_f64();
    // The process id stays the child's until it is reaped: stop the watchdog first.
    drop(ended);
    let was_killed = watchdog.join().expect("the watchdog does not panic");
    let (status, usage) = reap(pid)?;

    if was_killed {
        bail!("hung: no end within {timeout:?}");
    }
    if !status.success() {
        bail!("{status}");
    }
    read?;
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    Ok(Ended { stdout, wall_s, cpu_s, faults: (usage.ru_minflt + usage.ru_majflt) as u64 })
}

fn kill_after(timeout: Duration, pid: libc::pid_t, ended: &Receiver<()>) -> bool {
    let is_late = ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
    if is_late {
        // SAFETY: the child is not reaped before this thread has ended.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    is_late
}

/// Waits until the process ended, without reaping it.
fn await_end(pid: libc::pid_t) -> Result<()> {
    let mut info = MaybeUninit::uninit();
    let flags = libc::WEXITED | libc::WNOWAIT;
    // SAFETY: `info` has room for what is written.
    let result = unsafe { libc::waitid(libc::P_PID, pid as u32, info.as_mut_ptr(), flags) };
    if result != 0 {
        bail!("waitid: {}", std::io::Error::last_os_error());
    }
    Ok(())
}

/// Reaps the process; its status and what it used.
fn reap(pid: libc::pid_t) -> Result<(ExitStatus, libc::rusage)> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers have room for what is written.
    if unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) } != pid {
        bail!("wait4: {}", std::io::Error::last_os_error());
    }
    // SAFETY: zeroed, and filled by the call that succeeded.
    Ok((ExitStatus::from_raw(status), unsafe { usage.assume_init() }))
}
