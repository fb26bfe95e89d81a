//! Taking away from a program what a property of it does not need.

use super::Sketch;

/// The smallest program found from `sketch` by taking away threads, instructions, and what is observed,
/// one by one, while `keeps` holds. `keeps` holds for `sketch`.
pub fn minimise(sketch: &Sketch, keeps: &mut dyn FnMut(&Sketch) -> bool) -> Sketch {
    let mut best = sketch.clone();
    loop {
        let before = best.clone();
        for piece in [Sketch::empty_thread, Sketch::cut_row, Sketch::cut_observed, Sketch::cut_init] {
            let mut index = 0;
            while let Some(smaller) = piece(&best, index) {
                if smaller != best && keeps(&smaller) {
                    best = smaller;
                } else {
                    index += 1;
                }
            }
        }
        if best == before {
            return best;
        }
    }
}

impl Sketch {
    /// Without the instructions of a thread.
    fn empty_thread(&self, thread: usize) -> Option<Sketch> {
        let mut smaller = self.clone();
        smaller.threads.get_mut(thread)?.clear();
        Some(smaller)
    }

    /// Without an instruction or label, counted through all threads.
    fn cut_row(&self, mut row: usize) -> Option<Sketch> {
        let mut smaller = self.clone();
        for thread in &mut smaller.threads {
            if row < thread.len() {
                thread.remove(row);
                return Some(smaller);
            }
            row -= thread.len();
        }
        None
    }

    /// Without an item of final states; one stays.
    fn cut_observed(&self, index: usize) -> Option<Sketch> {
        let mut smaller = self.clone();
        (index < smaller.observed.len()).then(|| smaller.observed.remove(index))?;
        (!smaller.observed.is_empty()).then_some(smaller)
    }

    /// Without an item of the initial state, if it is of a register that the thread does not use; else
    /// the same again.
    fn cut_init(&self, index: usize) -> Option<Sketch> {
        let mut smaller = self.clone();
        let item = self.init.get(index)?.rsplit(' ').next()?.split('=').next()?;
        if let Some((thread, register)) = item.split_once(':')
            && let Ok(thread) = thread.parse::<usize>()
            && !self.observed.iter().any(|o| o == item)
            && !self.threads.get(thread)?.iter().any(|row| uses(row, register))
        {
            smaller.init.remove(index);
        }
        Some(smaller)
    }
}

/// Whether an instruction names a register, of whatever width.
fn uses(row: &str, register: &str) -> bool {
    let number = register.trim_start_matches(['X', 'W']);
    row.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.trim_start_matches(['X', 'W']) == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_stays() {
        let rows = |lines: &[&str]| lines.iter().map(|l| (*l).to_string()).collect::<Vec<_>>();
        let sketch = Sketch {
            arch: "AArch64",
            name: "test".into(),
            init: rows(&["0:X10=x", "1:X10=x"]),
            threads: vec![rows(&["NOP", "STR W1,[X10]", "NOP"]), rows(&["NOP"])],
            observed: rows(&["x", "0:X1"]),
        };
        let small = minimise(&sketch, &mut |s| s.text().contains("STR"));
        assert_eq!(small.threads, [rows(&["STR W1,[X10]"]), rows(&[])]);
        assert_eq!((small.init, small.observed.len()), (rows(&["0:X10=x"]), 1));
        assert!(uses("LDR W1,[X20]", "X20") && !uses("LDR W1,[X20]", "X2"));
    }
}
