//! The map between a script and the host file that it stands in.

use text::TextRange;

/// A run of bytes of a script, with the bytes of the host file that it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Its bytes in the script.
    pub script: TextRange,
    /// Its bytes in the host file.
    pub host: TextRange,
    /// How the two correspond.
    pub kind: Kind,
    /// Index of the literal among those of the host file; none for what stands between literals.
    pub literal: Option<u32>,
}

/// How a piece of a script corresponds to the host file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The same bytes.
    Verbatim,
    /// An escape sequence, or a line break of two bytes: one place.
    Escape,
    /// Bytes of the host file that are not in the script: indentation.
    Cut,
    /// A value that is pasted in when the program runs: an opaque name stands for it.
    Value,
    /// Statements that are pasted in when the program runs: an include stands for them.
    Statement,
    /// Text of the script that is in the host file nowhere.
    Made,
}

/// The map of one script. Pieces are sorted both ways.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Map {
    pieces: Vec<Piece>,
}

impl Map {
    pub(crate) fn push(&mut self, piece: Piece) {
        // A raw literal is one piece.
        if let Some(last) = self.pieces.last_mut()
            && last.kind == Kind::Verbatim
            && piece.kind == Kind::Verbatim
            && last.literal == piece.literal
            && last.host.end == piece.host.start
            && last.script.end == piece.script.start
        {
            last.host.end = piece.host.end;
            last.script.end = piece.script.end;
            return;
        }
        self.pieces.push(piece);
    }

    /// Moves all places in the host file.
    pub(crate) fn move_by(&mut self, by: u32) {
        for piece in &mut self.pieces {
            piece.host = TextRange::new(piece.host.start + by, piece.host.end + by);
        }
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The place in the host file of a place in the script: before the byte that stands there.
    pub fn out_start(&self, offset: u32) -> Option<u32> {
        let at = self.pieces.partition_point(|piece| piece.script.end <= offset);
        match self.pieces.get(at) {
            Some(piece) => out(piece, offset),
            None => self.out_end(offset),
        }
    }

    /// The place in the host file of a place in the script: behind the byte that stands before it.
    pub fn out_end(&self, offset: u32) -> Option<u32> {
        let at = self.pieces.partition_point(|piece| piece.script.end < offset || piece.script.is_empty());
        // Pieces that are cut have no bytes: the one that holds the byte before is looked for.
        let before = self.pieces[..self.pieces.len().min(at + 1)]
            .iter()
            .rev()
            .find(|piece| piece.script.start < offset && !piece.script.is_empty());
        match before {
            Some(piece) => match piece.kind {
                Kind::Verbatim => Some(piece.host.start + (offset - piece.script.start)),
                Kind::Escape => Some(piece.host.end),
                _ => None,
            },
            None => self.pieces.iter().find(|piece| !piece.script.is_empty()).and_then(|piece| out(piece, offset)),
        }
    }

    /// The part of the host file that a part of the script comes from; none if it only comes from what a program pastes in.
    pub fn out(&self, range: TextRange) -> Option<TextRange> {
        if range.is_empty() {
            let at = self.out_start(range.start).or_else(|| self.out_end(range.start))?;
            return Some(TextRange::at(at));
        }
        let (start, end) = (self.out_start(range.start)?, self.out_end(range.end)?);
        (start <= end).then_some(TextRange { start, end })
    }

    /// The place in the script of a place in the host file; none if that is in no text of the script.
    pub fn inside(&self, offset: u32) -> Option<u32> {
        let mut nearest = None;
        for piece in &self.pieces {
            let is_in = piece.host.start <= offset && offset <= piece.host.end && !piece.host.is_empty();
            if !is_in {
                continue;
            }
            match piece.kind {
                Kind::Verbatim => return Some(piece.script.start + (offset - piece.host.start)),
                Kind::Escape if offset == piece.host.end => nearest = Some(piece.script.end),
                Kind::Escape => return Some(piece.script.start),
                Kind::Cut => nearest = nearest.or(Some(piece.script.start)),
                Kind::Value | Kind::Statement if offset == piece.host.end => nearest = Some(piece.script.end),
                Kind::Value | Kind::Statement if offset == piece.host.start => nearest = Some(piece.script.start),
                _ => {}
            }
        }
        nearest
    }

    /// The part of the script that a part of the host file covers; none if they have nothing in common.
    pub fn inside_range(&self, range: TextRange) -> Option<TextRange> {
        let mut found: Option<TextRange> = None;
        for piece in self.pieces.iter().filter(|piece| !piece.host.is_empty()) {
            if piece.host.start > range.end || range.start > piece.host.end {
                continue;
            }
            let part = match piece.kind {
                Kind::Verbatim => {
                    let place =
                        |at: u32| piece.script.start + (at.clamp(piece.host.start, piece.host.end) - piece.host.start);
                    TextRange::new(place(range.start), place(range.end))
                }
                _ => piece.script,
            };
            found = Some(found.map_or(part, |known| known.cover(part)));
        }
        found
    }

    /// The part of the host file that a part of the script comes from, with all of the holes that it touches.
    pub fn cover(&self, range: TextRange) -> Option<TextRange> {
        let touches =
            |piece: &&Piece| piece.script.overlaps(range) || (range.is_empty() && piece.script.contains(range.start));
        self.out(range).or_else(|| {
            let hosts = self.pieces.iter().filter(touches).filter(|it| it.kind != Kind::Made).map(|it| it.host);
            hosts.reduce(TextRange::cover)
        })
    }

    /// True if a part of the script has anything of what a program pastes in.
    pub fn touches_hole(&self, range: TextRange) -> bool {
        self.pieces.iter().any(|piece| {
            matches!(piece.kind, Kind::Value | Kind::Statement)
                && (piece.script.overlaps(range) || (range.is_empty() && piece.script.contains(range.start)))
        })
    }

    /// True if a program pastes anything in.
    pub fn has_holes(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece.kind, Kind::Value | Kind::Statement))
    }
}

fn out(piece: &Piece, offset: u32) -> Option<u32> {
    match piece.kind {
        Kind::Verbatim => Some(piece.host.start + offset.saturating_sub(piece.script.start)),
        Kind::Escape => Some(piece.host.start),
        Kind::Cut | Kind::Value | Kind::Statement | Kind::Made => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(script: (u32, u32), host: (u32, u32), kind: Kind) -> Piece {
        let (script, host) = (TextRange::new(script.0, script.1), TextRange::new(host.0, host.1));
        Piece { script, host, kind, literal: Some(0) }
    }

    fn map() -> Map {
        let mut map = Map::default();
        map.push(piece((0, 0), (10, 12), Kind::Cut));
        map.push(piece((0, 3), (12, 15), Kind::Verbatim));
        map.push(piece((3, 4), (15, 17), Kind::Escape));
        map.push(piece((4, 6), (17, 19), Kind::Verbatim));
        map.push(piece((6, 9), (19, 29), Kind::Value));
        map.push(piece((9, 10), (29, 30), Kind::Verbatim));
        map
    }

    #[test]
    fn ranges_go_out_by_their_first_and_last_byte() {
        let map = map();
        let out = |start, end| map.out(TextRange::new(start, end)).map(|it| (it.start, it.end));
        assert_eq!(out(0, 3), Some((12, 15)));
        assert_eq!(out(0, 4), Some((12, 17)), "an escape is one place");
        assert_eq!(out(3, 4), Some((15, 17)));
        assert_eq!(out(4, 6), Some((17, 19)));
        assert_eq!(out(4, 10), Some((17, 30)), "a hole may be crossed");
        assert_eq!(out(6, 9), None, "a hole is no place");
        assert_eq!(out(10, 10), Some((30, 30)));
    }

    #[test]
    fn places_of_the_host_file_come_in() {
        let map = map();
        let inside = [10, 12, 14, 15, 16, 17, 19, 20, 29, 30, 31].map(|at| map.inside(at));
        let expected = [Some(0), Some(0), Some(2), Some(3), Some(3), Some(4), Some(6), None, Some(9), Some(10), None];
        assert_eq!(inside, expected);
    }
}
