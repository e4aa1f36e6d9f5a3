//! Where the script may go from a statement.
