//! Objects that are tracked by their text.
//!
//! What the text means is not known here.

use std::collections::BTreeSet;

use super::{InFile, Resolver};
use crate::model::{Object, Schema};

pub(super) fn resolve_all(resolver: &mut Resolver<'_, '_, '_>, schema: &mut Schema) {
    let objects: Vec<_> = resolver.objects.values().copied().collect();
    for InFile { file, node } in objects {
        if node.key.value.trim().is_empty() {
            resolver.error(file, node.key.span, "the key of an object cannot be empty");
        }
        let Some(texts) = &node.texts else { continue };
        let object = Object {
            domain: resolver.files[file].domain.clone(),
            create: texts.create.value.clone().into_owned(),
            drop: texts.drop.value.clone().into_owned(),
            depends_on: BTreeSet::new(),
        };
        schema.objects.insert(node.key.value.to_owned(), object);
    }
}
