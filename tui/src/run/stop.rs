//! What ends a test before its search does: a timeout, memory running out, or the user.
//!
//! The core has no clock and knows no signals. Each worker has a [`Stopper`] with the flag that its
//! search looks at; one thread watches the time and the memory of the process, and raises the flags.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

/// How often the watching thread looks at the clock.
const TICK: Duration = Duration::from_millis(10);

/// Whether the user asked for the end of the run.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes the first Ctrl-C (or SIGTERM, SIGHUP) end the run cleanly, and the second end the process.
pub fn catch_interrupts() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // Without a handler Ctrl-C ends the process, which is a fair second best.
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
    });
}

/// Whether the user asked for the end of the run.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends the run as an interrupt does, for instance because nobody reads its output any more.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::SeqCst);
}

/// Why a search was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its time was over.
    Timeout,
    /// The process used too much memory, and this test has run longest.
    Memory,
    /// The user asked for it.
    Interrupt,
}

/// The stop flag of one worker, and when it is raised.
#[derive(Debug, Default)]
pub struct Stopper {
    flag: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the search that runs now was begun.
    begun: Option<Instant>,
    /// When the time of the test is over, which may be searched several times.
    deadline: Option<Instant>,
    reason: Option<Reason>,
}

impl Stopper {
    /// Begins a test, which has `timeout` for all its searches.
    pub fn begin(&self, timeout: Option<Duration>) {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        *self.lock() = State { begun: None, deadline, reason: None };
    }

    /// Runs one search with the flag, raised when the time of the test is over or by an interrupt; also tells why it
    /// was.
    pub fn within<T>(&self, work: impl FnOnce(&AtomicBool) -> T) -> (T, Option<Reason>) {
        {
            let mut state = self.lock();
            state.begun = Some(Instant::now());
            state.reason = None;
            self.flag.store(false, Ordering::SeqCst);
        }
        let result = work(&self.flag);
        let mut state = self.lock();
        state.begun = None;
        (result, state.reason.take())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tick(&self, now: Instant) {
        self.stop_if(|state| match state.deadline {
            _ if state.begun.is_none() => None,
            _ if interrupted() => Some(Reason::Interrupt),
            Some(deadline) if now >= deadline => Some(Reason::Timeout),
            _ => None,
        });
    }

    /// When the test that runs now was begun, unless it was told to stop already.
    fn begun(&self) -> Option<Instant> {
        let state = self.lock();
        state.begun.filter(|_| state.reason.is_none())
    }

    /// Raises the flag if there is a reason; under the lock, so that no other test is hit.
    fn stop_if(&self, reason: impl Fn(&State) -> Option<Reason>) {
        let mut state = self.lock();
        if let Some(reason) = reason(&state) {
            state.reason.get_or_insert(reason);
            self.flag.store(true, Ordering::SeqCst);
        }
    }
}

/// Memory that the process uses, in bytes; `None` where the system does not say.
fn memory_used() -> Option<u64> {
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(PAGE)
}

/// Most memory that the process has used so far, in bytes; `None` where the system does not say.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// A test that has run for less than this is not why memory runs out.
const INNOCENT: Duration = Duration::from_millis(300);

/// Stops the test that has run longest.
fn relieve(stoppers: &[Stopper], now: Instant) {
    let running = stoppers.iter().filter_map(|stopper| Some((stopper.begun()?, stopper)));
    if let Some((begun, stopper)) = running.min_by_key(|(begun, _)| *begun)
        && now.duration_since(begun) >= INNOCENT
    {
        stopper.stop_if(|state| (state.begun == Some(begun)).then_some(Reason::Memory));
    }
}

/// Keeps the watching thread alive.
pub struct Watch {
    _alive: Sender<()>,
}

/// Watches `stoppers`, and that the process uses at most `memory_max` bytes, until the result is dropped.
pub fn watch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    stoppers: &'scope [Stopper],
    memory_max: u64,
) -> Watch {
    let (alive, gone) = mpsc::channel::<()>();
    thread::Builder::new()
        .name("watch".to_string())
        .spawn_scoped(scope, move || {
            while let Err(RecvTimeoutError::Timeout) = gone.recv_timeout(TICK) {
                let now = Instant::now();
                stoppers.iter().for_each(|stopper| stopper.tick(now));
                if memory_used().is_some_and(|used| used > memory_max) {
                    relieve(stoppers, now);
                }
            }
        })
        .map_or_else(
            // Without a thread there is no timeout; the search still ends by its other limits.
            |_| Watch { _alive: mpsc::channel().0 },
            |_| Watch { _alive: alive },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_raises_the_flag_of_its_worker_only() {
        let stoppers = [Stopper::default(), Stopper::default()];
        thread::scope(|scope| {
            let _watch = watch(scope, &stoppers, u64::MAX);
            let wait = |flag: &AtomicBool| {
                while !flag.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            };
            let raised = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
            stoppers[0].begin(Some(Duration::from_millis(1)));
            assert_eq!(stoppers[0].within(wait).1, Some(Reason::Timeout));
            assert_eq!(
                stoppers[0].within(wait).1,
                Some(Reason::Timeout),
                "all searches of a test have its time together"
            );
            assert_eq!(stoppers[1].within(raised), (false, None));
            stoppers[0].begin(None);
            assert_eq!(stoppers[0].within(raised), (false, None));
        });
    }
}
