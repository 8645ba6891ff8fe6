//! How long the processor has worked for a process, as Linux tells it.

use std::time::Duration;

/// Processor time since a process began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// In its own code.
    pub(crate) user: Duration,
    /// In the kernel, on its behalf.
    pub(crate) kernel: Duration,
}

/// What /proc counts in: `USER_HZ` is 100 wherever Linux runs (proc(5)).
const TICK: Duration = Duration::from_millis(10);

impl Cpu {
    /// Of the process with this number, all its threads. `None` where there is no /proc.
    pub(crate) fn of(id: u32) -> Option<Cpu> {
        Cpu::parse(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// The fields 14 and 15. The second is the name in brackets, and may hold anything, so count from the last bracket.
    fn parse(stat: &str) -> Option<Cpu> {
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut time = || Some(TICK * fields.next()?.parse().ok()?);
        Some(Cpu { user: time()?, kernel: time()? })
    }

    /// What was spent since `earlier`.
    pub(crate) fn since(self, earlier: Cpu) -> Cpu {
        Cpu { user: self.user.saturating_sub(earlier.user), kernel: self.kernel.saturating_sub(earlier.kernel) }
    }
}
