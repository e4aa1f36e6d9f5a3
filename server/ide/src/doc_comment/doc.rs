//! A comment that documents something, taken apart.

/// A documentation comment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Doc {
    /// The words outside of tags.
    pub(super) words: String,
    /// The text of `@deprecated`.
    pub(super) deprecated: Option<String>,
    /// The parameters; of a class its fields.
    pub(super) params: Vec<Param>,
    /// The results.
    pub(super) returns: Vec<Param>,
    /// Other tags, in Markdown.
    pub(super) more: Vec<String>,
}

/// A parameter or a result.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) of: String,
    pub(super) text: String,
    /// The types that it may be, each with its description.
    pub(super) members: Vec<Param>,
}

impl Param {
    /// `name: type` as code, and the description.
    pub(super) fn markdown(&self) -> String {
        let code = match (self.name.as_str(), self.of.as_str()) {
            ("", of) => of.to_owned(),
            (name, "") => name.to_owned(),
            (name, of) => format!("{name}: {of}"),
        };
        let head = match (code.as_str(), self.text.as_str()) {
            ("", text) => text.to_owned(),
            (code, "") => format!("`{code}`"),
            (code, text) => format!("`{code}`: {text}"),
        };
        head + &self.listed_members()
    }

    pub(super) fn listed_members(&self) -> String {
        self.members.iter().map(|member| format!("\n  - {}", member.markdown())).collect()
    }
}

impl Doc {
    /// The whole documentation in Markdown.
    pub(crate) fn markdown(&self) -> String {
        self.parts(true)
    }

    /// The documentation without the parameters, in Markdown.
    pub(crate) fn without_params(&self) -> String {
        self.parts(false)
    }

    pub(super) fn parts(&self, with_params: bool) -> String {
        let mut parts: Vec<String> = Vec::new();
        match self.deprecated.as_deref() {
            Some("") => parts.push("**Deprecated**".to_owned()),
            Some(text) => parts.push(format!("**Deprecated**: {text}")),
            None => {}
        }
        parts.push(self.words.clone());
        let params: Vec<String> = self.params.iter().map(|param| format!("- {}", param.markdown())).collect();
        if with_params {
            parts.push(params.join("\n"));
        }
        parts.extend(self.more.iter().cloned());
        parts.push(match &self.returns[..] {
            [] => String::new(),
            [one] => format!("Returns {}", one.markdown()),
            all => {
                let all: Vec<String> = all.iter().map(|it| format!("- {}", it.markdown())).collect();
                format!("Returns\n{}", all.join("\n"))
            }
        });
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    /// The type and the description of a parameter in Markdown; empty if it has neither.
    pub(crate) fn param(&self, name: &str) -> String {
        let found = self.params.iter().find(|param| param.name.trim_end_matches('?') == name);
        found.map_or_else(String::new, |param| Param { name: String::new(), ..param.clone() }.markdown())
    }

    /// The words outside of tags.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// The description of a parameter or a field; empty if there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        let found = self.params.iter().find(|param| param.name.trim_end_matches('?') == name);
        found.map_or("", |param| &param.text)
    }

    /// True if it describes the results of the function.
    pub(crate) fn has_returns(&self) -> bool {
        !self.returns.is_empty()
    }
}
