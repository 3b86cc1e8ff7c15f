//! What an event is about.

use super::EventKind;
use crate::vocabulary::{Owner, ResourceName};

impl EventKind {
    /// The resource that it is about, if it is about one.
    pub fn resource(&self) -> Option<&ResourceName> {
        match self {
            Self::ResourceDeclared(declared) => Some(&declared.name),
            Self::BackendChanged { name, .. }
            | Self::Requested { name, .. }
            | Self::LoadQueued { name }
            | Self::LoadStarted { name, .. }
            | Self::LoadProgressed { name, .. }
            | Self::LoadFinished { name, .. }
            | Self::TierAsked { name, .. }
            | Self::TierRead { name, .. }
            | Self::TierWritten { name, .. }
            | Self::TierRefused { name, .. }
            | Self::Packed { name, .. }
            | Self::LoadFailed { name, .. }
            | Self::LoadCancelled { name, .. }
            | Self::OwnerAdded { name, .. }
            | Self::OwnerRemoved { name, .. }
            | Self::Released { name, .. }
            | Self::CacheEvicted { name, .. }
            | Self::CacheRefused { name, .. }
            | Self::ContentChanged { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The bytes that it tells of, if it tells of any.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::LoadFinished { bytes, .. }
            | Self::TierRead { bytes, .. }
            | Self::TierWritten { bytes, .. }
            | Self::Packed { bytes, .. }
            | Self::Released { bytes, .. }
            | Self::CacheEvicted { bytes, .. }
            | Self::CacheRefused { bytes, .. } => Some(*bytes),
            Self::ResourceDeclared(declared) => declared.estimated_bytes,
            _ => None,
        }
    }

    /// Who asked, or holds, or let go, where it tells of that.
    pub fn by(&self) -> Option<&Owner> {
        match self {
            Self::Requested { by, .. } => Some(by),
            Self::OwnerAdded { owner, .. } | Self::OwnerRemoved { owner, .. } => Some(owner),
            _ => None,
        }
    }
}
