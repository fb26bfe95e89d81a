//! Which items of one list are those of another, where nothing in the items tells equal ones apart.

use super::Change;

/// How alike two items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// They are two things.
    None,
    /// One thing that has changed.
    Related,
    /// One thing that is as it was, or two that nobody can tell apart.
    Same,
}

/// Pairs the items of `now` with those of `before`, both in their order, so that as much as possible stays what it was,
/// and marks what is left. The longest common beginning and end cost nothing, and a step changes little.
pub(super) fn mark<T>(
    now: &mut [T],
    before: &[T],
    likeness: impl Fn(&T, &T) -> Likeness,
    set: impl Fn(&mut T, Change),
) {
    let same = |(old, item): &(&T, &T)| likeness(old, item) == Likeness::Same;
    let head = before.iter().zip(now.iter()).take_while(same).count();
    let (rest, old) = (&now[head..], &before[head..]);
    let tail = old.iter().rev().zip(rest.iter().rev()).take_while(same).count();
    let (rest, old) = (&rest[..rest.len() - tail], &old[..old.len() - tail]);
    let mut changes = vec![Change::Same; now.len()];
    changes[head..head + rest.len()].copy_from_slice(&pair(rest, old, likeness));
    now.iter_mut().zip(changes).for_each(|(item, change)| set(item, change));
}

/// The change of each item of `now`, by the pairing that keeps most.
fn pair<T>(now: &[T], before: &[T], likeness: impl Fn(&T, &T) -> Likeness) -> Vec<Change> {
    let worth = |old: usize, new: usize| likeness(&before[old], &now[new]) as usize;
    // `kept[old][new]`: what the best pairing of everything from there on keeps.
    let mut kept = vec![vec![0; now.len() + 1]; before.len() + 1];
    for old in (0..before.len()).rev() {
        for new in (0..now.len()).rev() {
            let apart = kept[old + 1][new].max(kept[old][new + 1]);
            let together = match worth(old, new) {
                0 => 0,
                worth => worth + kept[old + 1][new + 1],
            };
            kept[old][new] = apart.max(together);
        }
    }
    let mut changes = vec![Change::New; now.len()];
    let (mut old, mut new) = (0, 0);
    while old < before.len() && new < now.len() {
        let worth = worth(old, new);
        if worth > 0 && kept[old][new] == worth + kept[old + 1][new + 1] {
            changes[new] = if worth == Likeness::Same as usize { Change::Same } else { Change::Changed };
            (old, new) = (old + 1, new + 1);
        } else if kept[old][new] == kept[old + 1][new] {
            old += 1;
        } else {
            new += 1;
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks `now` against `before`, letters that differ only by case being related: `.` same, `~` changed, `+` new.
    fn marks(before: &str, now: &str) -> String {
        let before: Vec<(char, Change)> = before.chars().map(|c| (c, Change::Same)).collect();
        let mut now: Vec<(char, Change)> = now.chars().map(|c| (c, Change::Same)).collect();
        let likeness = |(a, _): &(char, Change), (b, _): &(char, Change)| match a.eq_ignore_ascii_case(b) {
            _ if a == b => Likeness::Same,
            true => Likeness::Related,
            false => Likeness::None,
        };
        mark(&mut now, &before, likeness, |item, change| item.1 = change);
        let sign = |change| match change {
            Change::Same => '.',
            Change::Changed => '~',
            Change::New => '+',
            Change::Gone => '-',
        };
        now.into_iter().map(|(_, change)| sign(change)).collect()
    }

    #[test]
    fn equal_items_are_told_apart_by_their_place() {
        assert_eq!(marks("xxx", "xxx"), "...");
        assert_eq!(marks("xxx", "xx"), "..");
        assert_eq!(marks("xxx", "xxxx"), "...+");
        assert_eq!(marks("xyx", "yx"), "..");
        assert_eq!(marks("xyz", "xz"), "..");
        assert_eq!(marks("xyz", "yzx"), "..+");
        assert_eq!(marks("Xx", "xx"), "~.");
        assert_eq!(marks("", "x"), "+");
        assert_eq!(marks("x", ""), "");
    }
}
