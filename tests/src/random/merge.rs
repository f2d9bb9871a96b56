//! What two people made of one schema, put together as a person does: what only one of them changed is as they want it,
//! what both changed is as the others want it. It must not add anything of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Column, Draft, Enum, Id, Table};
use super::repair::repair;

/// Both changes of `base` in one schema.
pub(super) fn merge(base: &Draft, mine: &Draft, theirs: &Draft) -> Draft {
    let kept =
        theirs.extensions.iter().filter(|name| mine.extensions.contains(*name) || !base.extensions.contains(*name));
    let new = mine.extensions.difference(&base.extensions);
    let mut both = Draft {
        engine: theirs.engine,
        extensions: kept.chain(new).copied().collect(),
        enums: by_id(&base.enums, &mine.enums, &theirs.enums, enumeration),
        tables: by_id(&base.tables, &mine.tables, &theirs.tables, table),
        views: by_id(&base.views, &mine.views, &theirs.views, chosen),
        objects: by_id(&base.objects, &mine.objects, &theirs.objects, chosen),
        style: theirs.style,
        focus: None,
    };
    give_way(&mut both, theirs);
    repair(&mut both);
    both
}

/// Theirs where they changed it.
fn chosen<T: Clone + PartialEq>(was: Option<&T>, my: &T, their: &T) -> T {
    if was == Some(their) { my.clone() } else { their.clone() }
}

/// The same of a part.
fn part<O, T: Clone + PartialEq>(was: Option<&O>, my: &O, their: &O, of: impl Fn(&O) -> &T) -> T {
    chosen(was.map(&of), of(my), of(their))
}

/// What one of them took out is gone.
fn by_id<T: Clone + PartialEq>(
    base: &BTreeMap<Id, T>,
    mine: &BTreeMap<Id, T>,
    theirs: &BTreeMap<Id, T>,
    both: fn(Option<&T>, &T, &T) -> T,
) -> BTreeMap<Id, T> {
    let ids: BTreeSet<Id> = mine.keys().chain(theirs.keys()).copied().collect();
    let item = |id: Id| {
        let was = base.get(&id);
        match (mine.get(&id), theirs.get(&id)) {
            (Some(my), Some(their)) => Some((id, both(was, my, their))),
            (Some(only), None) | (None, Some(only)) => was.is_none().then(|| (id, only.clone())),
            (None, None) => None,
        }
    };
    ids.into_iter().filter_map(item).collect()
}

fn enumeration(was: Option<&Enum>, my: &Enum, their: &Enum) -> Enum {
    let labels = |item: &Enum| item.labels.iter().cloned().collect::<BTreeMap<Id, String>>();
    let mut merged = by_id(&was.map(labels).unwrap_or_default(), &labels(my), &labels(their), chosen);
    let order = if was.is_some_and(|was| was.labels == their.labels) { [my, their] } else { [their, my] };
    let mut all: Vec<(Id, String)> = Vec::new();
    for id in order.iter().flat_map(|item| item.labels.iter().map(|(id, _)| *id)) {
        let Some(label) = merged.remove(&id) else { continue };
        if all.iter().all(|(_, other)| *other != label) {
            all.push((id, label));
        }
    }
    Enum {
        key: part(was, my, their, |item| &item.key),
        schema: part(was, my, their, |item| &item.schema),
        domain: part(was, my, their, |item| &item.domain),
        labels: if all.is_empty() { their.labels.clone() } else { all },
        comment: part(was, my, their, |item| &item.comment),
    }
}

fn table(was: Option<&Table>, my: &Table, their: &Table) -> Table {
    let none = BTreeMap::new();
    macro_rules! all {
        ($field:ident) => {
            by_id(was.map_or(&BTreeMap::new(), |table| &table.$field), &my.$field, &their.$field, chosen)
        };
    }
    let columns = |table: &Table| table.columns.iter().map(|column| (column.id, column.clone())).collect();
    let mut merged = by_id(&was.map_or(none, columns), &columns(my), &columns(their), column);
    let mut all: Vec<Column> = Vec::new();
    for old in their.columns.iter().chain(&my.columns) {
        let Some(mut column) = merged.remove(&old.id) else { continue };
        let is_taken = |name: &str| all.iter().any(|other| other.name.eq_ignore_ascii_case(name));
        if is_taken(&column.name) {
            column.name.clone_from(&old.name);
        }
        if !is_taken(&column.name) {
            all.push(column);
        }
    }
    Table {
        key: part(was, my, their, |table| &table.key),
        name: part(was, my, their, |table| &table.name),
        schema: part(was, my, their, |table| &table.schema),
        domain: part(was, my, their, |table| &table.domain),
        comment: part(was, my, their, |table| &table.comment),
        analytics: part(was, my, their, |table| &table.analytics),
        options: part(was, my, their, |table| &table.options),
        columns: all,
        primary_key: part(was, my, their, |table| &table.primary_key),
        unique: all!(unique),
        indexes: all!(indexes),
        foreign_keys: all!(foreign_keys),
        checks: all!(checks),
        exclusions: all!(exclusions),
    }
}

fn column(was: Option<&Column>, my: &Column, their: &Column) -> Column {
    Column {
        id: their.id,
        name: part(was, my, their, |column| &column.name),
        kind: part(was, my, their, |column| &column.kind),
        nullable: part(was, my, their, |column| &column.nullable),
        default: part(was, my, their, |column| &column.default),
        counter: part(was, my, their, |column| &column.counter),
        generated: part(was, my, their, |column| &column.generated),
        collation: part(was, my, their, |column| &column.collation),
        comment: part(was, my, their, |column| &column.comment),
        sensitive: part(was, my, their, |column| &column.sensitive),
    }
}

/// Takes names back, or what has them, where others have taken them meanwhile.
fn give_way(both: &mut Draft, theirs: &Draft) {
    let names = |key: &str, name: &Option<String>| -> Vec<String> {
        [Some(key), name.as_deref()].into_iter().flatten().map(str::to_lowercase).collect()
    };
    let mut taken = BTreeSet::new();
    // Theirs first, then what has to go round them.
    for is_theirs in [true, false] {
        macro_rules! settle {
            ($kind:ident, $names:expr) => {
                both.$kind.retain(|id, item| {
                    let their = theirs.$kind.get(id);
                    let found: BTreeSet<String> = $names(&*item).into_iter().collect();
                    if their.is_some_and(|their| $names(their).into_iter().collect::<BTreeSet<_>>() == found)
                        != is_theirs
                    {
                        return true;
                    }
                    let is_free = found.iter().all(|name| !taken.contains(name));
                    if is_theirs || is_free {
                        taken.extend(found);
                    }
                    is_theirs || is_free
                });
            };
        }
        settle!(tables, |table: &Table| names(&table.key, &table.name));
        settle!(enums, |item: &Enum| names(&item.key, &None));
        settle!(views, |view: &super::draft::View| names(&view.key, &view.name));
        settle!(objects, |object: &super::draft::Object| names(&object.key, &None));
    }
}
