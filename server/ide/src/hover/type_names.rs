//! Types that annotations name.

use semantic::annotations::{FieldKey, TypeDeclaration, TypeExpr};

use crate::{Project, TypeName, render};

impl TypeName {
    /// Describes it in Markdown: a class with its fields, an alias with its members.
    pub(crate) fn markdown(&self, project: &Project) -> Option<String> {
        let first = *self.declarations.first()?;
        let it = &project.files[first.file];
        let annotations = it.script.annotations();
        let text = |of: &TypeExpr| render::annotation_text(&it.script, of);
        let doc = |declared: TypeDeclaration| {
            let it = &project.files[declared.file];
            let annotations = it.script.annotations();
            let range = annotations.declared(declared);
            let block = annotations.blocks().iter().find(|it| it.range.contains_range(range))?;
            crate::doc_comment::within(it, block.range)
        };
        let (head, lines) = if first.is_alias {
            let alias = &annotations.aliases[first.at];
            let members = alias.members.iter().map(|(of, words)| (text(of), it.text(*words).into_owned()));
            (format!("alias {}", self.name), members.collect::<Vec<_>>())
        } else {
            let class = &annotations.classes[first.at];
            let parents: Vec<String> = class.parents.iter().map(text).collect();
            let parents = if parents.is_empty() { String::new() } else { format!(": {}", parents.join(", ")) };
            let mut fields = Vec::new();
            for declared in self.declarations.iter().filter(|it| !it.is_alias) {
                let it = &project.files[declared.file];
                let doc = doc(*declared).unwrap_or_default();
                for (field, _) in &it.script.annotations().classes[declared.at].fields {
                    let words = match field.key {
                        FieldKey::Name(name) => doc.text_of(&it.text(name)).to_owned(),
                        FieldKey::Type(_) => String::new(),
                    };
                    fields.push((render::annotated_field(&it.script, field), words));
                }
            }
            (format!("class {}{parents}", self.name), fields)
        };
        let mut out = format!("```lua\n{head}\n```\n");
        if let Some(doc) = doc(first).filter(|doc| !doc.words().is_empty()) {
            out.push_str(&format!("{}\n\n", doc.words()));
        }
        for (code, words) in lines {
            let words = if words.is_empty() { words } else { format!(": {words}") };
            out.push_str(&format!("- `{code}`{words}\n"));
        }
        Some(out)
    }
}
