//! Forgetting paths that nobody is on any more.

use indexmap::IndexMap;

use super::{Entry, Node, NodeId, Tree};

/// Where nodes went: the new index of each kept one, by the old index.
#[derive(Debug)]
pub struct Pruned(IndexMap<NodeId, NodeId, foldhash::fast::FixedState>);

impl Pruned {
    /// The new index of a kept node.
    ///
    /// # Panics
    /// If the node was not kept.
    pub fn id(&self, old: NodeId) -> NodeId {
        self.0[&old]
    }
}

impl Tree<'_> {
    /// Drops all nodes but those in `keep` and those that they continue. Paths that are needed again later grow
    /// again, as other nodes.
    pub fn prune(&mut self, keep: impl IntoIterator<Item = NodeId>) -> Pruned {
        let mut kept = std::collections::BTreeSet::new();
        for id in keep {
            let mut next = vec![id];
            while let Some(id) = next.pop() {
                if kept.insert(id) {
                    let node = self.node(id);
                    next.extend(node.parent.map(|(parent, _)| parent).into_iter().chain(node.unplaced));
                }
            }
        }
        let pruned = Pruned(kept.iter().enumerate().map(|(new, old)| (*old, new as NodeId)).collect());
        let new_id = |old: NodeId| pruned.0.get(&old).copied();
        let bases = std::mem::take(&mut self.roots);
        self.weight = 0;
        let mut all: Vec<Option<Node>> = std::mem::take(&mut self.nodes).into_iter().map(Some).collect();
        for old in kept {
            let Some(mut node) = all[old as usize].take() else { continue };
            node.parent = node.parent.and_then(|(parent, way)| Some((new_id(parent)?, way)));
            node.unplaced = node.unplaced.and_then(new_id);
            for entry in &mut node.entries {
                *entry = entry.and_then(|entry| match entry {
                    Entry::Node(id) => new_id(id).map(Entry::Node),
                    other => Some(other),
                });
            }
            // Whatever begins at a base continues the base's first node, which is kept with it.
            if let Some((base, first)) = bases.get_index(node.base) {
                node.base = self.roots.insert_full(base.clone(), pruned.id(*first)).0;
            }
            self.add(node);
        }
        let placed = std::mem::take(&mut self.placed);
        for ((id, event, place), made) in placed {
            if let (Some(id), Some(made)) = (new_id(id), made.and_then(new_id)) {
                self.placed.insert((id, event, place), Some(made));
            }
        }
        pruned
    }
}
