//! Leases by locked files: the system lets go of those of a process that ends.

use std::sync::Arc;

use super::DiskCache;
use crate::engine::tier::{Lease, Leases, TierError};
use crate::files::Lock;
use crate::vocabulary::ContentId;

impl Leases for DiskCache {
    fn take(&self, id: ContentId) -> Result<Option<Arc<dyn Lease>>, TierError> {
        let lock = self.folder.lease(id).and_then(|path| Lock::take(&path));
        let lock = lock.map_err(|error| TierError::Down(error.to_string()))?;
        Ok(lock.map(|lock| Arc::new(lock) as Arc<dyn Lease>))
    }
}

impl Lease for Lock {
    fn renew(&self) {}
}
