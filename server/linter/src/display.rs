//! The settings for what editors show in a script: inlay hints, lenses, links.

/// Switches for what editors show in a script, if they support it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Display {
    /// Hints: names from the header beside `KEYS[1]` and `ARGV[1]`.
    pub names: bool,
    /// Hints: parameters before the arguments of the script's own functions.
    pub parameters: bool,
    /// Hints: types of replies beside the locals that hold them.
    pub replies: bool,
    /// Hints: the reply of the last run, ✓ and ✗ beside examples.
    pub results: bool,
    /// Links from commands to their pages on the web.
    pub links: bool,
    /// Lens: what the script does as a whole.
    pub summary: bool,
    /// Lenses: run, run with inputs, run the examples, update an example.
    pub runs: bool,
    /// Lenses: uses of a function.
    pub references: bool,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            names: true,
            parameters: true,
            replies: false,
            results: true,
            // Editors underline links at all times.
            links: false,
            summary: true,
            runs: true,
            references: true,
        }
    }
}

impl Display {
    /// The setting with a key of the tables `hints` and `lenses`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut bool> {
        Some(match key {
            "names" => &mut self.names,
            "parameters" => &mut self.parameters,
            "replies" => &mut self.replies,
            "results" => &mut self.results,
            "links" => &mut self.links,
            "summary" => &mut self.summary,
            "runs" => &mut self.runs,
            "references" => &mut self.references,
            _ => return None,
        })
    }
}
