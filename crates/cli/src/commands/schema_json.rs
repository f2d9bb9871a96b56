//! `schema-json`: the snapshot format as a JSON Schema, for editors. Must not know a key that the format does not define.

use makemigrations_plan::snapshot::format::{self, Form, Key, Section};
use serde_json::{Map, Value, json};

use crate::{
    arguments::SchemaJson,
    error::Result,
    workflow::context::Context,
    workspace::{
        sources::SCHEMA_JSON,
        write::{self, Text},
    },
};

pub(crate) fn run(context: &Context<'_>, arguments: &SchemaJson) -> Result<()> {
    let text = text();
    if arguments.stdout {
        context.terminal.data(text.trim_end());
        return Ok(());
    }
    let path = format!("{}/{SCHEMA_JSON}", context.settings.snapshots);
    let present = context.view.bytes(&path)?.map(|bytes| String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    if present.as_deref() == Some(&text) {
        context.terminal.say(&format!("`{path}` is up to date"));
        return Ok(());
    }
    write::texts(&[Text { path: context.root.join(&path), text }])?;
    context.terminal.say(&path);
    Ok(())
}

/// The file.
pub(crate) fn text() -> String {
    let mut root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "makemigrations schema snapshot, format 1",
    });
    let mut definitions = Map::new();
    let file = section(&format::FILE, &mut definitions);
    if let (Value::Object(root), Value::Object(file)) = (&mut root, file) {
        root.extend(file);
        // Taplo gives this key of a snapshot to itself.
        root.insert("definitions".to_owned(), Value::Object(definitions));
    }
    let text = serde_json::to_string_pretty(&root).expect("texts and numbers are always JSON");
    text + "\n"
}

fn section(section: &Section, definitions: &mut Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        section.keys.iter().map(|key| (key.name.to_owned(), property(key, definitions))).collect();
    let required: Vec<&str> = section.keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    let mut schema = json!({
        "description": section.description,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if !section.one_of.is_empty() {
        schema["oneOf"] = section.one_of.iter().map(|key| json!({ "required": [key] })).collect();
    }
    schema
}

fn property(key: &Key, definitions: &mut Map<String, Value>) -> Value {
    let parsed = |text: &&str| serde_json::from_str::<Value>(text).expect("defaults and examples are JSON");
    let mut schema = json!({ "description": key.description });
    if let (Value::Object(schema), Value::Object(form)) = (&mut schema, form(&key.value, definitions)) {
        schema.extend(form);
    }
    if let Some(default) = &key.default {
        schema["default"] = parsed(default);
    }
    if !key.examples.is_empty() {
        schema["examples"] = key.examples.iter().map(parsed).collect();
    }
    // What stands beside a reference is ignored by readers of this version of JSON Schema.
    match schema.as_object_mut().and_then(|schema| schema.remove("$ref")) {
        Some(reference) => {
            schema["allOf"] = json!([{ "$ref": reference }]);
            schema
        }
        None => schema,
    }
}

fn form(value: &Form, definitions: &mut Map<String, Value>) -> Value {
    let text = || json!({ "type": "string" });
    match value {
        Form::Version => json!({ "const": 1 }),
        Form::Text => text(),
        Form::Name => json!({ "type": "string", "pattern": "\\S" }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Texts => json!({ "type": "array", "items": text() }),
        Form::Names => json!({ "type": "array", "items": text(), "minItems": 1 }),
        Form::Word(words) => json!({ "enum": words }),
        Form::Sql => json!({ "anyOf": [text(), reference(&format::SQL_TEXTS, definitions)] }),
        Form::DialectTexts => reference(&format::OPTIONS, definitions),
        Form::Literal => json!({
            "anyOf": [
                text(),
                { "type": "number" },
                { "type": "boolean" },
                reference(&format::SQL_TEXTS, definitions),
            ]
        }),
        Form::IndexElements => json!({
            "type": "array",
            "minItems": 1,
            "items": { "anyOf": [text(), reference(&format::INDEX_ELEMENT, definitions)] },
        }),
        Form::Switch(section) => json!({ "anyOf": [{ "type": "boolean" }, reference(section, definitions)] }),
        Form::Parameters => {
            json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } })
        }
        Form::Renames => json!({ "type": "object", "additionalProperties": text() }),
        Form::Table(section) => reference(section, definitions),
        Form::List(section, is_filled) => {
            json!({ "type": "array", "items": reference(section, definitions), "minItems": u8::from(*is_filled) })
        }
        Form::Map(section) => json!({ "type": "object", "additionalProperties": reference(section, definitions) }),
        Form::Columns => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": { "anyOf": [text(), reference(&format::COLUMN, definitions)] },
        }),
        Form::Either(forms) => {
            let forms: Vec<Value> = forms.iter().map(|value| form(value, definitions)).collect();
            json!({ "anyOf": forms })
        }
    }
}

fn reference(target: &Section, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(target.name) {
        // The name is taken before the section is read: sections may refer to each other.
        definitions.insert(target.name.to_owned(), Value::Null);
        let schema = section(target, definitions);
        definitions.insert(target.name.to_owned(), schema);
    }
    json!({ "$ref": format!("#/definitions/{}", target.name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_is_there_and_closed() {
        let schema: Value = serde_json::from_str(&text()).unwrap();
        let definitions = schema["definitions"].as_object().unwrap();
        assert!(definitions.len() >= 15, "{}", definitions.len());
        for (name, definition) in definitions {
            assert_eq!(definition["additionalProperties"], json!(false), "{name}");
        }
        for reference in text().split("#/definitions/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(definitions.contains_key(name), "{name}");
        }
    }
}
