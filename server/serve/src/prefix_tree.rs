//! Size of the radix tree in which a server keeps the prefixes of a client's broadcasts.

use std::collections::BTreeSet;

/// Nodes of the tree of the prefixes, the root included. A node holds a run of bytes, or the first bytes of several branches.
pub(crate) fn nodes(prefixes: &BTreeSet<Vec<u8>>) -> usize {
    let keys: Vec<&[u8]> = prefixes.iter().map(Vec::as_slice).collect();
    let mut count = 0;
    // Keys below a node, in order, and the bytes above it, which all of them share.
    let mut open = vec![(&keys[..], 0)];
    while let Some((mut keys, depth)) = open.pop() {
        count += 1;
        if keys.first().is_some_and(|key| key.len() == depth) {
            keys = &keys[1..];
        }
        let branches: Vec<&[&[u8]]> = keys.chunk_by(|a, b| a[depth] == b[depth]).collect();
        for branch in &branches {
            let (first, last) = (branch[0], branch[branch.len() - 1]);
            let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
            // A single branch's bytes are in the node itself.
            count += usize::from(branches.len() > 1 && shared > depth + 1);
            open.push((branch, shared));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_as_servers_have_them() {
        let tree = |keys: Vec<String>| nodes(&keys.into_iter().map(String::into_bytes).collect());
        assert_eq!(tree(vec![String::new()]), 1);
        assert_eq!(tree(vec!["a".to_owned()]), 2);
        // Seen in `tot-mem` of Redis 7.0 and 8.2 (32 bytes a node), Valkey 8.1 and 9.1 (12 bytes).
        assert_eq!(tree((0..100).map(|nth| format!("prefix{nth:04}")).collect()), 112);
        assert_eq!(tree((0..100).map(|nth| format!("{nth:04}longlonglonglong")).collect()), 212);
        assert_eq!(tree(vec!["ab".to_owned(), "abcd".to_owned()]), 3);
    }
}
