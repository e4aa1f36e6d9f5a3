//! The lint rules, suppression comments and fixes.
