//! Types in words, as hovers show them.

use super::{Flow, Kinds, TableType, Type, TypeId};

/// Greatest depth of nested tables that is shown.
const MAX_DEPTH: u32 = 3;

impl Flow {
    /// A type in words: `string or false`. Empty where nothing is known.
    pub fn describe(&self, of: &Type) -> String {
        self.words(of, 0)
    }

    fn words(&self, of: &Type, depth: u32) -> String {
        let kinds = of.kinds;
        let mut all: Vec<String> = Vec::new();
        if kinds.has(Kinds::STRING) {
            all.push(match &of.text.constant {
                Some(text) if text.len() <= 32 && text.iter().all(|byte| (0x20..0x7f).contains(byte)) => {
                    format!("'{}'", String::from_utf8_lossy(text))
                }
                _ => "string".to_owned(),
            });
        }
        if kinds.has(Kinds::NUMBER) {
            all.push(match of.number.constant {
                Some(value) => format!("{}", value.0),
                None => "number".to_owned(),
            });
        }
        all.extend(self.tables(of, depth));
        if kinds.has(Kinds::FUNCTION) {
            all.push("function".to_owned());
        }
        if kinds.has(Kinds::OTHER) {
            all.push("userdata".to_owned());
        }
        match (kinds.has(Kinds::TRUE), kinds.has(Kinds::FALSE)) {
            (true, true) => all.push("boolean".to_owned()),
            (true, false) => all.push("true".to_owned()),
            (false, true) => all.push("false".to_owned()),
            (false, false) => {}
        }
        if kinds.has(Kinds::ANY_NIL) {
            all.push("nil".to_owned());
        }
        if kinds.has(Kinds::UNKNOWN) && !all.is_empty() {
            all.push("…".to_owned());
        }
        all.join(" or ")
    }

    /// Describes its tables. Many forms are merged, and so are forms of a list beside a list of anything.
    fn tables(&self, of: &Type, depth: u32) -> Vec<String> {
        const MOST: usize = 3;
        let mut all: Vec<String> = Vec::new();
        for table in &of.tables {
            let text = self.table(table, depth);
            if !all.contains(&text) {
                all.push(text);
            }
        }
        let is_list = |text: &String| text == "list" || text.starts_with("list ");
        if all.iter().any(|text| text == "list") {
            all.retain(|text| text == "list" || !is_list(text));
        }
        match all.len() {
            0..=MOST => all,
            _ if all.iter().all(is_list) => vec!["list".to_owned()],
            _ => vec!["table".to_owned()],
        }
    }

    fn part(&self, id: TypeId, depth: u32) -> String {
        if depth >= MAX_DEPTH {
            return "…".to_owned();
        }
        let text = self.words(self.get(id), depth + 1);
        if text.is_empty() { "anything".to_owned() } else { text }
    }

    fn element(&self, id: TypeId, depth: u32) -> String {
        let text = self.part(id, depth);
        if text.contains(" or ") { format!("({text})") } else { text }
    }

    fn table(&self, table: &TableType, depth: u32) -> String {
        match table {
            TableType::Status(Some(text)) => format!("{{ok = '{text}'}}"),
            TableType::Status(None) => "{ok = string}".to_owned(),
            TableType::Error => "{err = string}".to_owned(),
            TableType::List(list) => match (&list.items, list.pairs, list.length) {
                (Some(items), ..) => {
                    let items: Vec<String> = items.iter().map(|&item| self.part(item, depth)).collect();
                    format!("list [{}]", items.join(", "))
                }
                (None, Some([key, value]), _) => {
                    format!("flat list: {}, {}, …", self.element(key, depth), self.element(value, depth))
                }
                (None, None, Some(length)) => format!("list of {length} × {}", self.element(list.element, depth)),
                _ => match self.part(list.element, depth) {
                    text if text == "anything" => "list".to_owned(),
                    _ => format!("list of {}", self.element(list.element, depth)),
                },
            },
            TableType::Map([key, value]) => {
                format!("{{map = …}} of {} to {}", self.element(*key, depth), self.element(*value, depth))
            }
            TableType::Set(member) => format!("{{set = …}} with {} as its keys", self.element(*member, depth)),
            TableType::Entries([key, value]) => {
                format!("table of {} to {}", self.element(*key, depth), self.element(*value, depth))
            }
            TableType::Double => "{double = number}".to_owned(),
            TableType::Extended => "{verbatim_string = …}".to_owned(),
            TableType::Keys => "list of keys".to_owned(),
            TableType::Argv => "list of arguments".to_owned(),
            TableType::Built(expr) | TableType::Altered(expr) => self.built(*expr, depth),
            TableType::Decoded => "decoded JSON".to_owned(),
            TableType::Unknown => "table".to_owned(),
        }
    }

    /// Describes the table inside a RESP3 map or set.
    pub(super) fn inner(&self, of: &Type, name: &str) -> String {
        let inner: Vec<String> = of
            .tables
            .iter()
            .filter_map(|table| match table {
                TableType::Map([key, value]) if name == "map" => {
                    Some(format!("table of {} to {}", self.element(*key, 0), self.element(*value, 0)))
                }
                TableType::Set(member) if name == "set" => {
                    Some(format!("table of {} to true", self.element(*member, 0)))
                }
                _ => None,
            })
            .collect();
        inner.join(" or ")
    }

    fn built(&self, expr: syntax::ExprId, depth: u32) -> String {
        let Some(site) = self.site(expr).filter(|site| !site.escaped) else { return "table".to_owned() };
        if site.is_list() && depth < MAX_DEPTH {
            if site.is_fixed() && (1..=6).contains(&site.items.len()) {
                let items: Vec<String> = site.items.iter().map(|&item| self.part(item, depth)).collect();
                return format!("list [{}]", items.join(", "));
            }
            return if site.items.is_empty() && site.element != super::Types::NEVER && site.rest.is_none() {
                match self.part(site.element, depth) {
                    text if text == "anything" => "list".to_owned(),
                    _ => format!("list of {}", self.element(site.element, depth)),
                }
            } else if site.is_fixed() && site.items.is_empty() {
                "empty table".to_owned()
            } else {
                "list".to_owned()
            };
        }
        let named = |name: &Vec<u8>| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if depth < 2 && !site.fields.is_empty() && site.items.is_empty() && site.fields.keys().all(named) {
            let mut parts: Vec<String> = site
                .fields
                .iter()
                .take(5)
                .map(|(name, &value)| format!("{} = {}", String::from_utf8_lossy(name), self.part(value, depth + 1)))
                .collect();
            if site.fields.len() > 5 || site.other != super::Types::NEVER || site.element != super::Types::NEVER {
                parts.push("…".to_owned());
            }
            return format!("{{{}}}", parts.join(", "));
        }
        "table".to_owned()
    }
}
