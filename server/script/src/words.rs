//! The words of the commands that scripts call, in memory that is used again.

/// Bytes of a word, and words, that are kept from one call to the next.
const BYTES: usize = 4096;
const WORDS: usize = 64;

/// The words of a call.
#[derive(Default, Debug)]
pub(crate) struct Words {
    used: Vec<Vec<u8>>,
    spare: Vec<Vec<u8>>,
}

impl Words {
    /// Returns `count` empty words, to be filled.
    pub(crate) fn begin(&mut self, count: usize) -> &mut [Vec<u8>] {
        for word in &mut self.used {
            if word.capacity() > BYTES {
                *word = Vec::new();
            }
            word.clear();
        }
        while self.used.len() > count {
            let word = self.used.pop().unwrap_or_default();
            if self.spare.len() < WORDS {
                self.spare.push(word);
            }
        }
        while self.used.len() < count {
            self.used.push(self.spare.pop().unwrap_or_default());
        }
        &mut self.used
    }

    /// The words.
    pub(crate) fn all(&self) -> &[Vec<u8>] {
        &self.used
    }
}
