//! The same work for many things, some of them at the same time.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Calls `work` for each of `things`, in order, `most` at the same time, until one fails or sets the flag that all are
/// given. Each result is at the place of its thing; `enough` sees them after each.
pub(crate) fn each<T: Sync, R: Send>(
    things: &[T],
    most: usize,
    work: impl Fn(&T, &AtomicBool) -> io::Result<Option<R>> + Sync,
    enough: impl Fn(&[Option<R>]) -> bool + Sync,
) -> io::Result<Vec<Option<R>>> {
    let results = Mutex::new(things.iter().map(|_| None).collect::<Vec<Option<R>>>());
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || -> io::Result<()> {
        while let Some((index, thing)) = numbered(things, next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let result = work(thing, &stop).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            let mut results = results.lock().expect("no worker panics");
            results[index] = result;
            stop.fetch_or(enough(&results), Ordering::Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..most.min(things.len())).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
    })?;
    Ok(results.into_inner().expect("no worker panics"))
}

fn numbered<T>(things: &[T], index: usize) -> Option<(usize, &T)> {
    things.get(index).map(|thing| (index, thing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_places_of_their_things() {
        let things: Vec<u32> = (0..100).collect();
        let results = each(&things, 4, |thing, _| Ok(Some(thing * 2)), |_| false).unwrap();
        assert_eq!(results, things.iter().map(|thing| Some(thing * 2)).collect::<Vec<_>>());
    }

    #[test]
    fn enough_is_enough_and_an_error_ends_it() {
        let first = |results: &[Option<u32>]| results[0].is_some();
        assert_eq!(each(&[1, 2, 3], 1, |thing, _| Ok(Some(*thing)), first).unwrap(), [Some(1), None, None]);
        let fail = |_: &u32, _: &AtomicBool| -> io::Result<Option<u32>> { Err(io::ErrorKind::Other.into()) };
        assert!(each(&[1, 2, 3], 2, fail, |_| false).is_err());
    }
}
