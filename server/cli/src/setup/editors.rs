//! The editors that redlua can be set up in.

use clap::builder::PossibleValue;

use super::{editor::Editor, emacs, helix, kate, neovim, vim, vscode};

/// The editors, in the order of the overview.
pub(super) const EDITORS: &[&dyn Editor] =
    &[&vscode::VsCode, &neovim::Neovim, &helix::Helix, &emacs::Emacs, &vim::Vim, &kate::Kate];

/// Returns the names of the editors, for the command line; their programs' names are taken too.
pub(crate) fn names() -> Vec<PossibleValue> {
    EDITORS.iter().map(|editor| PossibleValue::new(editor.name()).aliases(editor.aliases())).collect()
}

/// Returns the editor with a name or alias.
pub(super) fn editor(name: &str) -> Option<&'static dyn Editor> {
    EDITORS.iter().copied().find(|editor| editor.name() == name || editor.aliases().contains(&name))
}
