//! Ensembles in an archive: packed trees lie there as the kernel walks them.

use serde::{Deserialize, Serialize};

use super::branch::View;
use super::head::{Head, Signs};
use super::packed::{LargeNode, Packed, PackedNode, PackedTree, SmallNode};
use super::{TreeEnsemble, Trees};
use crate::files::Plain;
use crate::inference::native::call::Source;
use crate::inference::native::operator::{Built, Refusal};
use crate::inference::native::parts::FusedInputs;
use crate::inference::native::stored::{Archive, ArchiveWriter, Section};
use crate::inference::onnx::Node;

/// What an archive has of an ensemble, beside what the graph says of it.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::inference::native) struct StoredEnsemble {
    width: usize,
    signs: Signs,
    trees: StoredTrees,
}

#[derive(Debug, Serialize, Deserialize)]
enum StoredTrees {
    Small(StoredPacked),
    Large(StoredPacked),
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredPacked {
    nodes: Section,
    /// Five numbers a tree.
    trees: Section,
    values: Section,
    targets: Section,
    /// Two numbers a view.
    views: Section,
}

impl TreeEnsemble {
    pub(super) fn stored(&self, writer: &mut ArchiveWriter) -> Option<StoredEnsemble> {
        let trees = match &self.trees {
            Trees::Small(packed) => StoredTrees::Small(packed.stored(writer)),
            Trees::Large(packed) => StoredTrees::Large(packed.stored(writer)),
            Trees::Multiway(_) | Trees::Binned(_) | Trees::Plain(..) => return None,
        };
        Some(StoredEnsemble {
            width: self.width,
            signs: self.signs,
            trees,
        })
    }
}

/// The ensemble of a node, with the trees of an archive.
pub(in crate::inference::native) fn restore(
    node: &Node<'_>,
    sources: &[Source<'_, '_>],
    stored: &StoredEnsemble,
    archive: &Archive,
) -> Built {
    let damaged = || Refusal::Broken("what is kept of its trees is damaged".into());
    let head = Head::of(node)?;
    let (trees, count) = match &stored.trees {
        StoredTrees::Small(packed) => {
            let packed = Packed::restored_from(packed, archive).ok_or_else(damaged)?;
            let count = packed.trees().len();
            (Trees::Small(packed), count)
        }
        StoredTrees::Large(packed) => {
            let packed = Packed::restored_from(packed, archive).ok_or_else(damaged)?;
            let count = packed.trees().len();
            (Trees::Large(packed), count)
        }
    };
    let targets = match &trees {
        Trees::Small(packed) => packed.targets(),
        Trees::Large(packed) => packed.targets(),
        Trees::Multiway(_) | Trees::Binned(_) | Trees::Plain(..) => &[],
    };
    if targets
        .iter()
        .any(|target| *target as usize >= head.targets)
    {
        return Err(damaged());
    }
    let fused = FusedInputs::of(sources)?;
    let size = (stored.width, count);
    let ensemble = TreeEnsemble::assembled(head, stored.signs, size, trees, fused)?;
    Ok(Box::new(ensemble))
}

impl<N: PackedNode> Packed<N> {
    fn stored(&self, writer: &mut ArchiveWriter) -> StoredPacked {
        let trees: Vec<u32> = self.trees().iter().flat_map(PackedTree::numbers).collect();
        let views = self.views().iter();
        let views: Vec<u32> = views
            .flat_map(|view| [view.column, u32::from(view.nan_is_least)])
            .collect();
        StoredPacked {
            nodes: writer.add(self.nodes()),
            trees: writer.add(&trees),
            values: writer.add(self.values()),
            targets: writer.add(self.targets()),
            views: writer.add(&views),
        }
    }

    /// None where the kernel could not take it for granted.
    fn restored_from(stored: &StoredPacked, archive: &Archive) -> Option<Self> {
        let trees = archive.list::<u32>(stored.trees)?;
        let views = archive.list::<u32>(stored.views)?;
        let (trees, rest) = trees.as_chunks::<{ PackedTree::NUMBERS }>();
        let (views, odd) = views.as_chunks::<2>();
        let views = views.iter().map(|[column, nan_is_least]| View {
            column: *column,
            nan_is_least: *nan_is_least != 0,
        });
        if !rest.is_empty() || !odd.is_empty() {
            return None;
        }
        Self::restored(
            archive.list(stored.nodes)?,
            trees,
            archive.list(stored.values)?,
            archive.list::<u32>(stored.targets)?.to_vec(),
            views.collect(),
        )
    }
}

#[expect(
    unsafe_code,
    reason = "only who lays a node out can say that any bytes are one"
)]
mod plain {
    use super::{LargeNode, Plain, SmallNode};

    // SAFETY: three numbers side by side, of eight bytes together: none is left out between them.
    unsafe impl Plain for SmallNode {}
    // SAFETY: three numbers of four bytes each.
    unsafe impl Plain for LargeNode {}
}
