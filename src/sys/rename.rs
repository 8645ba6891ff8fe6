//! A rename that never overwrites.
//!
//! On Linux it is renameat2(2) with RENAME_NOREPLACE, on a Mac renamex_np(2) with RENAME_EXCL. Chapter 2.

use std::io::{self, ErrorKind};
use std::path::Path;

const UNSUPPORTED: &str = "this file system has neither hard links nor a rename that never overwrites";

/// Renames a file, and fails with `AlreadyExists` if the new name is taken. Where there is no such call, or the file system
/// cannot do it, it fails with `Unsupported`.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    imp::rename_new(from, to).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Unsupported => io::Error::new(ErrorKind::Unsupported, UNSUPPORTED),
        _ => error,
    })
}

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod imp {
    use std::ffi::{CString, c_int, c_long};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    // Not in every C library that is still in use, so the call is made by its number.
    const RENAMEAT2: c_long = if cfg!(target_arch = "x86_64") { 316 } else { 276 };
    const AT_FDCWD: c_int = -100;
    const NOREPLACE: c_int = 1;

    unsafe extern "C" {
        fn syscall(number: c_long, ...) -> c_long;
    }

    pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (CString::new(from.as_os_str().as_bytes())?, CString::new(to.as_os_str().as_bytes())?);
        // SAFETY: the arguments are those of renameat2; both strings end with NUL, and live until the call returns.
        match unsafe { syscall(RENAMEAT2, AT_FDCWD, from.as_ptr(), AT_FDCWD, to.as_ptr(), NOREPLACE) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(target_vendor = "apple")]
mod imp {
    use std::ffi::{CString, c_char, c_int, c_uint};
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    const RENAME_EXCL: c_uint = 4;

    unsafe extern "C" {
        fn renamex_np(from: *const c_char, to: *const c_char, flags: c_uint) -> c_int;
    }

    pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (CString::new(from.as_os_str().as_bytes())?, CString::new(to.as_os_str().as_bytes())?);
        // SAFETY: both strings end with NUL, and live until the call returns.
        match unsafe { renamex_np(from.as_ptr(), to.as_ptr(), RENAME_EXCL) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(not(any(
    target_vendor = "apple",
    all(
        any(target_os = "linux", target_os = "android"),
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
    )
)))]
mod imp {
    use std::io;
    use std::path::Path;

    pub(super) fn rename_new(_from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_name_that_is_taken_is_not_overwritten() {
        let folder = std::env::temp_dir().join(format!("sttp-rename-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.join(name));
        for file in [&a, &b] {
            fs::write(file, "x").unwrap();
        }
        let taken = rename_new(&a, &b).unwrap_err().kind();
        assert!(matches!(taken, ErrorKind::AlreadyExists | ErrorKind::Unsupported), "{taken}");
        assert!(a.exists());
        fs::remove_file(&b).unwrap();
        assert!(taken == ErrorKind::Unsupported || rename_new(&a, &b).is_ok() && b.exists() && !a.exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
