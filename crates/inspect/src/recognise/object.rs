//! Objects: one text of people's may be several objects of a database, or none that it could show.
//!
//! Which belong together is told by the heads of their statements; whether they are as they were, by their texts.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::{Object, Schema};

use super::{
    head::{Head, heads},
    keys::Keys,
};

/// What becomes of the objects, before the keys of everything else are known.
#[derive(Default)]
pub(super) struct Objects {
    /// Keys of `known` that stand as they are written.
    standing: BTreeSet<String>,
    /// Keys of `known` whose only object is another one now: the key in `actual`.
    changed: BTreeMap<String, String>,
    /// Keys in `actual` of what is new, or was part of a text that no longer stands; the key of that text.
    loose: BTreeMap<String, Option<String>>,
}

/// Finds the texts of `known` that stand.
pub(super) fn recognise(actual: &Schema, reference: &Schema, known: &Schema, keys: &mut Keys) -> Objects {
    let by_text: BTreeMap<_, _> = actual.objects.iter().map(|(key, object)| (texts(object), key)).collect();
    let found: BTreeMap<Head, Vec<&String>> = by_head(actual);
    let owners: BTreeMap<Head, Vec<&String>> = by_head(known);
    let mut parts: BTreeMap<&String, Vec<(&String, &Object)>> =
        known.objects.keys().map(|key| (key, Vec::new())).collect();
    let mut objects = Objects::default();
    let mut met: BTreeSet<&String> = BTreeSet::new();
    for (key, object) in &reference.objects {
        let created = heads(&object.create, known.dialect);
        let owner = created.iter().find_map(|head| owners.get(head)?.first().copied());
        match owner {
            Some(owner) => parts.entry(owner).or_default().push((key, object)),
            // It comes with something known that does not say so, such as a block of code.
            None => met.extend(by_text.get(&texts(object)).copied()),
        }
    }
    for (key, parts) in parts {
        let there: Vec<_> = parts.iter().filter_map(|(_, object)| by_text.get(&texts(object)).copied()).collect();
        if there.len() == parts.len() {
            met.extend(&there);
            there.iter().for_each(|actual| keys.set(actual, key.clone()));
            objects.standing.insert(key.clone());
            continue;
        }
        let same: BTreeSet<&String> = parts
            .iter()
            .flat_map(|(_, object)| heads(&object.create, known.dialect))
            .filter_map(|head| found.get(&head))
            .flatten()
            .copied()
            .collect();
        let same: Vec<_> = same.into_iter().filter(|key| !met.contains(key)).collect();
        met.extend(&same);
        match (parts.len(), same.as_slice()) {
            (1, [only]) => {
                keys.set(only, key.clone());
                objects.changed.insert(key.clone(), (*only).clone());
            }
            _ => objects.loose.extend(same.iter().map(|actual| ((*actual).clone(), Some(key.clone())))),
        }
    }
    let new = actual.objects.keys().filter(|key| !met.contains(key));
    objects.loose.extend(new.map(|key| (key.clone(), None)));
    for key in objects.loose.keys() {
        keys.set(key, keys.free(known, key));
    }
    objects
}

impl Objects {
    /// The objects of the result.
    pub(super) fn settle(self, actual: &Schema, known: &Schema, keys: &Keys) -> BTreeMap<String, Object> {
        let mut objects: BTreeMap<_, _> =
            self.standing.iter().map(|key| (key.clone(), known.objects[key].clone())).collect();
        let changed = self.changed.into_iter().map(|(key, found)| (found, Some(key)));
        for (found, written) in changed.chain(self.loose) {
            let (Some(key), Some(object)) = (keys.get(&found), actual.objects.get(&found)) else { continue };
            let domain = written.map_or(&object.domain, |key| &known.objects[&key].domain).clone();
            let object = Object { domain, depends_on: keys.translate(&object.depends_on), ..object.clone() };
            objects.insert(key.clone(), object);
        }
        objects
    }
}

fn texts(object: &Object) -> (&str, &str) {
    (&object.create, &object.drop)
}

fn by_head(schema: &Schema) -> BTreeMap<Head, Vec<&String>> {
    let mut map: BTreeMap<Head, Vec<&String>> = BTreeMap::new();
    for (key, object) in &schema.objects {
        for head in heads(&object.create, schema.dialect) {
            map.entry(head).or_default().push(key);
        }
    }
    map
}
