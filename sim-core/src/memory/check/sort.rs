//! Sorting a few numbers.

/// As cards are sorted in a hand: quick if little is out of order.
#[inline]
pub(super) fn by_insertion<T: Copy + Ord>(numbers: &mut [T]) {
    for end in 1..numbers.len() {
        let number = numbers[end];
        let mut place = end;
        while place > 0 && numbers[place - 1] > number {
            numbers[place] = numbers[place - 1];
            place -= 1;
        }
        numbers[place] = number;
    }
}

/// As bricks are laid, pair by pair: without a branch that cannot be foreseen.
#[inline(always)]
pub(super) fn by_pairs<T: Copy + Ord>(numbers: &mut [T]) {
    for round in 0..numbers.len() {
        for pair in numbers[round % 2..].chunks_exact_mut(2) {
            (pair[0], pair[1]) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        }
    }
}
