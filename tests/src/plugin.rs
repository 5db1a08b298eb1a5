//! The shared library that carries a copy of the allocator of its own.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

#[cfg(unix)]
use libloading::os::unix::{Library, Symbol, RTLD_LOCAL, RTLD_NOW};
#[cfg(windows)]
use libloading::os::windows::{Library, Symbol};

/// Returns where cargo put the library: beside this test program, which depends on it.
#[must_use]
pub fn path() -> PathBuf {
    let program = env::current_exe().expect("this program has a path");
    let path = program
        .parent()
        .expect("a program is in a directory")
        .join(format!("{DLL_PREFIX}snmalloc_tests_plugin{DLL_SUFFIX}"));
    assert!(path.exists(), "{} was not built", path.display());
    path
}

/// A copy of the library file, which the system loads beside every other copy.
#[derive(Debug)]
pub struct PluginFile(PathBuf);

impl PluginFile {
    /// Makes a copy that no other call makes, `name` being different in each.
    #[must_use]
    pub fn copy(name: &str) -> Self {
        let copy = env::temp_dir().join(format!("snmalloc-plugin-{}-{name}{DLL_SUFFIX}", process::id()));
        fs::copy(path(), &copy).expect("the temporary directory can be written");
        Self(copy)
    }

    /// Returns where the copy is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns whether the copy is loaded into this process.
    #[must_use]
    #[cfg(windows)]
    pub fn is_loaded(&self) -> bool {
        let name = self.0.file_name().and_then(std::ffi::OsStr::to_str).expect("the name is text");
        crate::process::has_module(name)
    }

    /// Returns whether the copy is loaded into this process.
    #[must_use]
    #[cfg(unix)]
    pub fn is_loaded(&self) -> bool {
        let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
        maps.contains(self.0.to_str().expect("the path is text"))
    }
}

impl Drop for PluginFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The library, loaded, and its functions; dropping it unloads it.
#[derive(Debug)]
pub struct Plugin {
    work: Symbol<extern "C" fn(usize) -> usize>,
    thread_work: Symbol<extern "C" fn(usize, usize) -> usize>,
    hand_out: Symbol<extern "C" fn(usize, u8) -> *mut u8>,
    take_back: Symbol<unsafe extern "C" fn(*mut u8, usize, u8) -> bool>,
    held_bytes: Symbol<extern "C" fn() -> usize>,
    owns: Symbol<extern "C" fn(*const u8) -> bool>,
    library: Option<Library>,
}

impl Plugin {
    /// Loads the library at `path`, as `dlopen` with `RTLD_NOW` does.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        // SAFETY: the library's initialisers are those of Rust and of the allocator; the types are those it has.
        unsafe {
            #[cfg(unix)]
            let library = Library::open(Some(path), RTLD_NOW | RTLD_LOCAL).expect("the library loads");
            #[cfg(windows)]
            let library = Library::new(path).expect("the library loads");
            Self {
                work: library.get(b"plugin_work\0").expect("exported"),
                thread_work: library.get(b"plugin_thread_work\0").expect("exported"),
                hand_out: library.get(b"plugin_hand_out\0").expect("exported"),
                take_back: library.get(b"plugin_take_back\0").expect("exported"),
                held_bytes: library.get(b"plugin_held_bytes\0").expect("exported"),
                owns: library.get(b"plugin_owns\0").expect("exported"),
                library: Some(library),
            }
        }
    }

    /// Lets the library allocate and free `bytes`.
    pub fn work(&self, bytes: usize) {
        assert!((self.work)(bytes) > 0);
    }

    /// Lets the library start threads that allocate and free `bytes` each.
    pub fn thread_work(&self, threads: usize, bytes: usize) {
        assert!((self.thread_work)(threads, bytes) > threads);
    }

    /// Returns memory of the library, filled with `mark`.
    #[must_use]
    pub fn hand_out(&self, bytes: usize, mark: u8) -> Handed {
        Handed { start: (self.hand_out)(bytes, mark), bytes, mark }
    }

    /// Gives memory back to the library, and panics if it is not as it was handed out.
    pub fn take_back(&self, memory: Handed) {
        // SAFETY: `memory` is consumed, so that this is the one time.
        let is_intact = unsafe { (self.take_back)(memory.start, memory.bytes, memory.mark) };
        assert!(is_intact, "{memory:?} was overwritten");
    }

    /// Returns what the library's allocator holds.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        (self.held_bytes)()
    }

    /// Returns whether the library's allocator says that `start` is its own.
    #[must_use]
    pub fn owns(&self, start: *const u8) -> bool {
        (self.owns)(start)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let library = self.library.take().expect("dropped once");
        library.close().expect("the library can be closed");
    }
}

/// Memory that a [`Plugin`] handed out and wants back.
#[derive(Debug)]
pub struct Handed {
    /// Where it starts.
    pub start: *mut u8,
    bytes: usize,
    mark: u8,
}

// SAFETY: the memory belongs to whoever holds this.
unsafe impl Send for Handed {}
