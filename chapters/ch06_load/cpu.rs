//! The processor time of a process, as Linux reports it.

use std::time::Duration;

/// Processor time since a process started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// Spent in its own code.
    pub(crate) user: Duration,
    /// Spent in the kernel on its behalf.
    pub(crate) kernel: Duration,
}

/// The unit of /proc: `USER_HZ` is 100 wherever Linux runs (proc(5)).
const TICK: Duration = Duration::from_millis(10);

impl Cpu {
    /// The time of a process, all threads together. `None` where there is no /proc.
    pub(crate) fn of(id: u32) -> Option<Cpu> {
        Cpu::parse(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Fields 14 and 15. The second field is the name in brackets, which may contain anything, so count from the last bracket.
    fn parse(stat: &str) -> Option<Cpu> {
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut time = || Some(TICK * fields.next()?.parse().ok()?);
        Some(Cpu { user: time()?, kernel: time()? })
    }

    /// The time spent since `earlier`.
    pub(crate) fn since(self, earlier: Cpu) -> Cpu {
        Cpu { user: self.user.saturating_sub(earlier.user), kernel: self.kernel.saturating_sub(earlier.kernel) }
    }
}
