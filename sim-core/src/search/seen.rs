//! Sets of windows on a walk: mostly a handful, which are told apart faster by comparing than by hashing.

use indexmap::IndexSet;

use super::automaton::Hash;
use crate::core::Window;

/// Different windows in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// All of them, while there are at most [`FEW`].
    few: Vec<Window>,
    /// All of them, once there are more.
    many: IndexSet<Window, Hash>,
}

/// The most windows that are looked through one by one.
const FEW: usize = 8;

impl Seen {
    /// Number of windows.
    pub fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// The window that came as number `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&Window> {
        self.few.get(index).or_else(|| self.many.get_index(index))
    }

    /// Adds a window; whether it is new.
    pub fn insert(&mut self, window: Window) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(window);
        }
        let new = !self.few.contains(&window);
        if new {
            self.few.push(window);
        }
        if self.few.len() > FEW {
            self.many.extend(self.few.drain(..));
        }
        new
    }

    /// The windows in their order.
    pub fn into_windows(self) -> impl Iterator<Item = Window> {
        self.few.into_iter().chain(self.many)
    }
}

impl Extend<Window> for Seen {
    fn extend<I: IntoIterator<Item = Window>>(&mut self, windows: I) {
        for window in windows {
            self.insert(window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Path;

    #[test]
    fn windows_keep_their_order_however_many_they_are() {
        for count in [0, 1, FEW, FEW + 1, 3 * FEW] {
            let window = |done: usize| Window {
                done: done as u64,
                ..Window::new(Default::default(), &Path::default())
            };
            let mut seen = Seen::default();
            for done in 0..count {
                assert!(seen.insert(window(done)), "{done} of {count} is new");
                assert!(!seen.insert(window(done / 2)), "{} of {count} is known", done / 2);
            }
            assert_eq!(seen.len(), count);
            assert_eq!(seen.get(count), None);
            assert!((0..count).all(|done| seen.get(done) == Some(&window(done))));
            assert!(seen.into_windows().eq((0..count).map(window)));
        }
    }
}
