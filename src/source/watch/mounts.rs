//! What is mounted below the root. Of a mount nobody who watches is told, and what happens in it they don't hear.

use std::path::Path;

/// The mounts below a directory, as the kernel tells them, each with its own number; none where it does not tell.
pub(super) fn mounted_below(root: &Path) -> Vec<String> {
    let all = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    below(&all, root)
}

fn below(mounts: &str, root: &Path) -> Vec<String> {
    let root = escaped(&root.to_string_lossy());
    let root = root.trim_end_matches('/');
    let is_below = |point: &str| point.strip_prefix(root).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'));
    // The number, two that don't matter, what of it is mounted, and where.
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (number, point) = (fields.next()?, fields.nth(3)?);
        is_below(point).then(|| format!("{number} {point}"))
    });
    mounted.collect()
}

/// As the kernel spells what would divide fields or lines.
fn escaped(path: &str) -> String {
    path.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011").replace('\n', "\\012")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_is_found_and_nothing_beside() {
        let mounts = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
41 22 0:40 / /srv/hr rw - nfs4 a:/b rw
42 41 0:41 / /srv/hr/sub rw - tmpfs none rw
43 22 0:42 /x /srv/hr2/sub rw - tmpfs none rw
44 22 0:43 / /srv/my\\040photos/sub rw - tmpfs none rw
";
        assert_eq!(below(mounts, Path::new("/srv/hr")), ["42 /srv/hr/sub"]);
        assert_eq!(below(mounts, Path::new("/srv/my photos")), ["44 /srv/my\\040photos/sub"]);
        assert_eq!(below(mounts, Path::new("/")).len(), 4);
        assert!(below("", Path::new("/srv")).is_empty());
    }
}
