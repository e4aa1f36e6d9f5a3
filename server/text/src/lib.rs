//! Byte ranges, the line index, UTF-8/16/32 positions and the document as a rope.
