//! The named fields of a table.

use syntax::ExprId;

use super::{Flow, TableType, Type, TypeId};

/// Type of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldType {
    /// A type of the analysis.
    Of(TypeId),
    /// Text, and which if it is always the same.
    Text(Option<&'static str>),
    /// A number.
    Number,
    /// Content of a RESP3 map or set; described with the table.
    Inner,
    /// Unknown.
    Unknown,
}

impl Flow {
    /// The named fields of a value: those that a status, an error or a RESP3 type has, and those that the script itself
    /// gives its tables.
    pub fn fields(&self, of: &Type) -> Vec<(String, FieldType)> {
        let mut found: Vec<(String, FieldType)> = Vec::new();
        let mut add = |name: &str, field: FieldType| match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) if *known != field => *known = FieldType::Unknown,
            Some(_) => {}
            None => found.push((name.to_owned(), field)),
        };
        for table in &of.tables {
            match table {
                TableType::Status(text) => add("ok", FieldType::Text(*text)),
                TableType::Error => add("err", FieldType::Text(None)),
                TableType::Double => add("double", FieldType::Number),
                TableType::Map(_) => add("map", FieldType::Inner),
                TableType::Set(_) => add("set", FieldType::Inner),
                TableType::Extended => {
                    add("verbatim_string", FieldType::Unknown);
                    add("big_number", FieldType::Unknown);
                }
                TableType::Built(expr) | TableType::Altered(expr) => {
                    for (name, field) in self.named_fields(*expr) {
                        add(&name, field);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn named_fields(&self, expr: ExprId) -> Vec<(String, FieldType)> {
        let Some(site) = self.site(expr) else { return Vec::new() };
        let is_name = |name: &[u8]| {
            name.first().is_some_and(|first| !first.is_ascii_digit())
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        site.fields
            .iter()
            .filter(|(name, _)| is_name(name))
            .map(|(name, &id)| {
                // What is not followed may put something else there.
                let field = if site.escaped { FieldType::Unknown } else { FieldType::Of(id) };
                (String::from_utf8_lossy(name).into_owned(), field)
            })
            .collect()
    }

    /// A field of a value in words; empty where nothing is known.
    pub fn describe_field(&self, of: &Type, name: &str, field: FieldType) -> String {
        match field {
            FieldType::Of(id) => self.describe(self.get(id)),
            FieldType::Text(text) => text.map_or_else(|| "string".to_owned(), |text| format!("'{text}'")),
            FieldType::Number => "number".to_owned(),
            FieldType::Inner => self.inner(of, name),
            FieldType::Unknown => String::new(),
        }
    }
}
