//! The package is here for its snapshot.
