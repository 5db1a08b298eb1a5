//! How to compile the core: a pure function of target and features, the same for both builders.

pub mod features;
pub mod target;

use features::FEATURES;
use target::Target;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    Cc,
    Cmake,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub builder: Builder,
    pub standard: &'static str,
    /// The core's, whatever the profile of the user's program.
    pub opt_level: u32,
    pub has_debug_info: bool,
    pub defines: Vec<(&'static str, Option<&'static str>)>,
    pub flags: Vec<&'static str>,
    /// The system's libraries, beside those that every program is linked with.
    pub libraries: Vec<&'static str>,
    /// The Rust crate compiles the fast paths into its users.
    pub has_fast_path: bool,
    /// The objects can take part in link-time optimisation; compiler.rs knows the flags.
    pub has_lto: bool,
    /// The core is built without an operating system, too; for targets that have none, only so.
    pub has_region: bool,
    /// What the target cannot do, for the user to read.
    pub warnings: Vec<String>,
    pub target: Target,
}

impl Plan {
    pub fn new(target: &Target, has_feature: &dyn Fn(&str) -> bool) -> Self {
        let mut plan = Self {
            builder: Builder::Cc,
            standard: "c++20",
            opt_level: 3,
            has_debug_info: false,
            defines: vec![("NDEBUG", None)],
            flags: Vec::new(),
            libraries: if target.is_windows() { vec!["advapi32"] } else { Vec::new() },
            has_fast_path: target.has_fast_path(),
            has_lto: false,
            has_region: false,
            warnings: Vec::new(),
            target: target.clone(),
        };
        if target.is_msvc() {
            plan.flags.extend(["-EHs-c-", "-GR-", "-Zc:threadSafeInit-", "-Zc:__cplusplus"]);
            plan.defines.push(("_HAS_EXCEPTIONS", Some("0")));
        } else {
            plan.flags.extend(["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fvisibility=hidden"]);
        }
        if target.has_spare_static_tls() {
            plan.flags.push("-ftls-model=initial-exec");
        }
        if target.env == "musl" {
            plan.defines.push(("SN_MUSL", Some("1"))); // the headers may be those of another library
        }
        for feature in FEATURES.iter().filter(|feature| has_feature(feature.name)) {
            (feature.apply)(&mut plan);
        }
        plan
    }

    /// How the core is compiled for memory that the program gives.
    #[allow(dead_code)] // some tests read this file for less
    pub fn for_region(&self) -> Self {
        let mut plan = self.clone();
        // The first closes memory by the system; a program has the second once.
        plan.defines.retain(|&(name, _)| name != "SN_CHECK" && name != "SN_OVERRIDE");
        plan.defines.push(("SN_NONE", Some("1")));
        if !plan.target.is_msvc() {
            plan.flags.extend(["-ffreestanding", "-fno-stack-protector"]);
        }
        plan
    }

    /// Replaces the model by which thread-local storage is reached; the callers' own fast paths know one model only.
    pub fn set_tls_model(&mut self, flag: Option<&'static str>) {
        self.flags.retain(|flag| !flag.starts_with("-ftls-model="));
        self.flags.extend(flag);
        self.has_fast_path = false;
    }
}
