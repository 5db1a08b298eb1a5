//! The target as cargo describes it. `cfg!(target_…)` in a build script is the host, so nothing here uses it.

/// What the plan depends on, in the words of `rustc --print cfg`.
#[derive(Debug, Clone)]
pub struct Target {
    pub os: String,
    pub env: String,
    pub arch: String,
    pub pointer_width: String,
    /// The C library and the C runtime are linked into the program.
    pub has_static_crt: bool,
    /// The machine that builds can run what it builds.
    pub is_host: bool,
}

impl Target {
    /// `cargo` gives the value of a `CARGO_CFG_…` variable, or "" where there is none.
    pub fn from_cargo(cargo: impl Fn(&str) -> String) -> Self {
        Self {
            os: cargo("CARGO_CFG_TARGET_OS"),
            env: cargo("CARGO_CFG_TARGET_ENV"),
            arch: cargo("CARGO_CFG_TARGET_ARCH"),
            pointer_width: cargo("CARGO_CFG_TARGET_POINTER_WIDTH"),
            has_static_crt: cargo("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static"),
            is_host: cargo("HOST") == cargo("TARGET"),
        }
    }

    /// Cargo asks for all types of crates at once, and so for procedural macros, too, which are never static by default.
    /// For musl rustc is asked, therefore, what `--print cfg` says of programs.
    #[allow(dead_code)] // some tests read this file for less
    pub fn asking(self, rustc_cfg: &dyn Fn() -> String) -> Self {
        let has_static_crt = self.has_static_crt
            || self.env == "musl" && rustc_cfg().lines().any(|line| line == r#"target_feature="crt-static""#);
        Self { has_static_crt, ..self }
    }

    /// The compiler takes Microsoft's flags; all others take those of gcc.
    pub fn is_msvc(&self) -> bool {
        self.env == "msvc"
    }

    /// The flag of gcc and clang that tunes for the processor of this machine.
    pub fn native_cpu_flag(&self) -> Option<&'static str> {
        match self.arch.as_str() {
            _ if !self.is_host || self.is_msvc() => None,
            "x86" | "x86_64" | "s390x" => Some("-march=native"),
            "aarch64" | "arm" | "powerpc64" => Some("-mcpu=native"),
            _ => None,
        }
    }

    /// The core knows the target's system, which gives it memory.
    #[allow(dead_code)] // some tests read this file for less
    pub fn has_system(&self) -> bool {
        self.os != "none"
    }

    pub fn is_windows(&self) -> bool {
        self.os == "windows"
    }

    /// A library that is loaded late may still get a word of the TLS block that each thread starts with, because the loader
    /// keeps some spare. Loaders of musl and Android keep none. With a static C library nothing is loaded late.
    pub fn has_spare_static_tls(&self) -> bool {
        match self.os.as_str() {
            "linux" => self.env == "gnu" || self.has_static_crt,
            "freebsd" | "netbsd" | "dragonfly" => true,
            _ => false,
        }
    }

    /// The caller can reach the core's thread-local variable without a call, as src/fast.rs does.
    pub fn has_fast_path(&self) -> bool {
        self.os == "linux"
            && self.has_spare_static_tls()
            && matches!(self.arch.as_str(), "x86_64" | "aarch64")
            && self.pointer_width == "64"
    }
}
