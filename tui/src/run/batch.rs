//! Working on many things in parallel and reporting them in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Calls `work(worker, index)` for every index below `count`, `workers` at a time, and `report(index,
/// result)` on the calling thread, in the order of the indices, each as soon as all before it are done.
///
/// If `report` breaks, nothing further is begun or reported. No work is begun more than [`AHEAD_MAX`]
/// indices ahead of the report, so that memory stays bounded however long one of them takes.
pub fn ordered<T: Send>(
    count: usize,
    workers: usize,
    work: impl Fn(usize, usize) -> T + Sync,
    mut report: impl FnMut(usize, T) -> ControlFlow<()>,
) {
    let next = AtomicUsize::new(0);
    let gate = Gate::default();
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for worker in 0..workers.clamp(1, count.max(1)) {
            let (sender, next, gate, work) = (sender.clone(), &next, &gate, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let proceed = index < count && gate.wait(index);
                    if !proceed || sender.send((index, work(worker, index))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        let mut results = Results { receiver, since_pause: 0 };
        'all: while let Some((index, result)) = results.next() {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&due) {
                if report(due, result).is_break() {
                    break 'all;
                }
                due += 1;
                gate.open_below(due.saturating_add(AHEAD_MAX));
            }
        }
        gate.close();
    });
}

/// Results as they arrive.
struct Results<T> {
    receiver: Receiver<T>,
    /// Results since the last pause.
    since_pause: u32,
}

/// Results that may come one by one before they are collected.
const COLLECT_FROM: u32 = 16;

/// How long results are collected: where they come fast, to be woken for each would cost more than the
/// report.
const PAUSE: Duration = Duration::from_millis(2);

impl<T> Results<T> {
    /// The next result; `None` when there will be no more.
    fn next(&mut self) -> Option<T> {
        if let Ok(result) = self.receiver.try_recv() {
            self.since_pause += 1;
            return Some(result);
        }
        if self.since_pause >= COLLECT_FROM {
            self.since_pause = 0;
            thread::sleep(PAUSE);
        }
        self.since_pause += 1;
        self.receiver.recv().ok()
    }
}

/// How far work may run ahead of the report.
const AHEAD_MAX: usize = 4096;

/// Lets indices below a bound through.
struct Gate {
    /// The bound; `None` once the gate is closed for good.
    below: Mutex<Option<usize>>,
    moved: Condvar,
}

impl Default for Gate {
    fn default() -> Gate {
        Gate { below: Mutex::new(Some(AHEAD_MAX)), moved: Condvar::new() }
    }
}

impl Gate {
    /// Waits until `index` may pass; false if it never will.
    fn wait(&self, index: usize) -> bool {
        let below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.moved.wait_while(below, |below| below.is_some_and(|below| index >= below));
        wait.unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn set(&self, below: Option<usize>) {
        *self.below.lock().unwrap_or_else(PoisonError::into_inner) = below;
        self.moved.notify_all();
    }

    fn open_below(&self, below: usize) {
        self.set(Some(below));
    }

    fn close(&self) {
        self.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(count: usize, workers: usize, stop_at: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let work = |_, index: usize| {
            // Later ones finish first.
            for _ in 0..(count - index) * 100 {
                std::hint::spin_loop();
            }
            index * 2
        };
        ordered(count, workers, work, |index, result| {
            assert_eq!(result, index * 2);
            seen.push(index);
            if index == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        seen
    }

    #[test]
    fn reports_come_in_order_for_any_number_of_workers() {
        for workers in [1, 2, 5] {
            assert_eq!(order(200, workers, usize::MAX), (0..200).collect::<Vec<_>>());
        }
        assert!(order(0, 2, 0).is_empty());
    }

    #[test]
    fn a_break_ends_it() {
        assert_eq!(order(50, 3, 7), (0..=7).collect::<Vec<_>>());
    }
}
