//! The past as a tree: every state that was visited stays reachable.

/// One visited state.
#[derive(Debug, Clone)]
pub struct Node<T> {
    /// The state before; `None` for the first.
    pub parent: Option<usize>,
    /// The states that were reached from here, in the order in which they were.
    pub children: Vec<usize>,
    /// Which of them redo leads to.
    pub favourite: usize,
    /// Number of steps from the first.
    pub depth: usize,
    /// A bookmark.
    pub mark: bool,
    /// What is kept about it.
    pub item: T,
}

/// A tree of visited states and the place in it. Never empty.
#[derive(Debug, Clone)]
pub struct History<T> {
    nodes: Vec<Node<T>>,
    at: usize,
}

impl<T> History<T> {
    /// Only the first state.
    pub fn new(item: T) -> History<T> {
        let root = Node { parent: None, children: Vec::new(), favourite: 0, depth: 0, mark: false, item };
        History { nodes: vec![root], at: 0 }
    }

    /// Index of the present state.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The node with this index.
    pub fn node(&self, index: usize) -> &Node<T> {
        &self.nodes[index]
    }

    /// What is kept about the node with this index.
    pub fn item_mut(&mut self, index: usize) -> &mut T {
        &mut self.nodes[index].item
    }

    /// The present node.
    pub fn now(&self) -> &Node<T> {
        &self.nodes[self.at]
    }

    /// Number of visited states.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Goes to a state that follows the present one: the same as before if `same` says so of a child.
    pub fn push(&mut self, item: T, same: impl Fn(&T, &T) -> bool) {
        let known = self.now().children.iter().position(|c| same(&self.nodes[*c].item, &item));
        let place = known.unwrap_or_else(|| {
            let (parent, depth) = (Some(self.at), self.now().depth + 1);
            self.nodes.push(Node { parent, children: Vec::new(), favourite: 0, depth, mark: false, item });
            let child = self.nodes.len() - 1;
            self.nodes[self.at].children.push(child);
            self.nodes[self.at].children.len() - 1
        });
        self.nodes[self.at].favourite = place;
        self.at = self.nodes[self.at].children[place];
    }

    /// One back. Returns whether that was possible.
    pub fn undo(&mut self) -> bool {
        let parent = self.now().parent;
        self.at = parent.unwrap_or(self.at);
        parent.is_some()
    }

    /// One forward again. Returns whether that was possible.
    pub fn redo(&mut self) -> bool {
        let next = self.now().children.get(self.now().favourite).copied();
        self.at = next.unwrap_or(self.at);
        next.is_some()
    }

    /// To any visited state: redo from its ancestors will lead to it.
    pub fn jump(&mut self, index: usize) {
        if index >= self.nodes.len() {
            return;
        }
        self.at = index;
        let mut child = index;
        while let Some(parent) = self.nodes[child].parent {
            let place = self.nodes[parent].children.iter().position(|c| *c == child);
            self.nodes[parent].favourite = place.unwrap_or(0);
            child = parent;
        }
    }

    /// To the state after `depth` steps on the present line, before or behind the present one.
    pub fn jump_depth(&mut self, depth: usize) {
        let line = self.line();
        if let Some(index) = line.get(depth.min(line.len() - 1)) {
            self.at = *index;
        }
    }

    /// The states from the first to the present one.
    pub fn trail(&self) -> Vec<usize> {
        let mut trail = vec![self.at];
        while let Some(parent) = self.nodes[trail[trail.len() - 1]].parent {
            trail.push(parent);
        }
        trail.reverse();
        trail
    }

    /// The trail, and what redo leads to after it.
    pub fn line(&self) -> Vec<usize> {
        let mut line = self.trail();
        let mut at = self.at;
        while let Some(next) = self.nodes[at].children.get(self.nodes[at].favourite) {
            line.push(*next);
            at = *next;
        }
        line
    }

    /// To the neighbouring branch (`by` is 1 or -1) of the nearest state of the present line that has one.
    pub fn branch(&mut self, by: isize) -> bool {
        let mut at = self.at;
        loop {
            let node = &self.nodes[at];
            if node.children.len() > 1 && at != self.at || (node.children.len() > 1 && node.parent.is_none())
            {
                let count = node.children.len() as isize;
                let favourite = (node.favourite as isize + by).rem_euclid(count) as usize;
                self.nodes[at].favourite = favourite;
                let depth = self.now().depth;
                self.at = at;
                self.jump_depth(depth);
                return true;
            }
            match node.parent {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }

    /// Sets a bookmark at the present state.
    pub fn mark(&mut self) {
        self.nodes[self.at].mark = true;
    }

    /// Sets or clears the bookmark of the present state.
    pub fn toggle_mark(&mut self) {
        self.nodes[self.at].mark ^= true;
    }

    /// The states with a bookmark, in the order of visiting.
    pub fn marks(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|i| self.nodes[*i].mark).collect()
    }

    /// To the next (`by` is 1) or previous (-1) bookmark in the order of visiting, around the end.
    pub fn jump_mark(&mut self, by: isize) -> bool {
        let marks = self.marks();
        let next = if by > 0 {
            marks.iter().find(|i| **i > self.at).or(marks.first())
        } else {
            marks.iter().rev().find(|i| **i < self.at).or(marks.last())
        };
        match next.copied() {
            Some(index) => {
                self.jump(index);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undone_futures_stay_as_branches() {
        let mut history = History::new(0);
        for item in [1, 2, 3] {
            history.push(item, |a, b| a == b);
        }
        assert!(history.undo() && history.undo());
        history.push(20, |a, b| a == b);
        assert_eq!(history.line().len(), 3);
        assert!(history.branch(1));
        assert_eq!(history.now().item, 2, "the other branch at the same depth");
        assert!(history.redo() && history.now().item == 3);
        history.jump_depth(1);
        history.push(2, |a, b| a == b);
        assert_eq!(history.count(), 5, "a known step makes no new state");
    }

    #[test]
    fn the_ends_of_time_hold() {
        let mut history = History::new(0);
        assert!(!history.undo() && !history.redo() && !history.branch(1) && !history.jump_mark(1));
        history.jump(99);
        history.jump_depth(7);
        assert_eq!(history.at(), 0);
        history.toggle_mark();
        history.push(1, |a, b| a == b);
        assert!(history.jump_mark(-1) && history.at() == 0);
    }
}
