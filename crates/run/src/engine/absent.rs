//! In the place of an engine that the program was built without. Must not do anything but say so.

use super::{Engine, Temporary};
use crate::error::Error;
use crate::url::DatabaseUrl;

pub(super) fn open(url: &DatabaseUrl, _: &impl Sized) -> Result<Box<dyn Engine>, Error> {
    Err(Error::NotBuilt { dialect: url.dialect() })
}

#[cfg(not(feature = "postgres"))]
pub(super) fn create(url: &DatabaseUrl, _: &impl Sized) -> Result<bool, Error> {
    Err(Error::NotBuilt { dialect: url.dialect() })
}

pub(super) fn scratch(url: &DatabaseUrl, _: &impl Sized) -> Result<(DatabaseUrl, Box<dyn Temporary>), Error> {
    Err(Error::NotBuilt { dialect: url.dialect() })
}

pub(super) fn remove_scratch() {}
