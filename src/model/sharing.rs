//! Who may use a file of a folder that several Unix users may share. Numbers alone: whoever makes files looks them up.

/// May be read and written by its owner alone.
pub const OWN: u32 = 0o600;

/// May be read and written by its owner and its group.
pub const SHARED: u32 = 0o660;

/// Whether a folder of this mode is shared by its group: who is in it may write there, and the world may not.
pub fn is_shared(folder_mode: u32) -> bool {
    folder_mode & 0o022 == 0o020
}

/// The mode of a file, of this group, in a folder of this mode and group. A file follows a shared folder only where it is of the
/// folder's group (which `setgid` on the folder sees to): else it would be opened to another group, a user's own for one.
pub fn file_mode(folder_mode: u32, folder_group: u32, file_group: u32) -> u32 {
    if is_shared(folder_mode) && folder_group == file_group { SHARED } else { OWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_follow_a_folder_that_its_group_may_write_to() {
        assert_eq!(file_mode(0o2770, 7, 7), SHARED);
        assert_eq!(file_mode(0o2775, 7, 7), SHARED, "the world may look into the folder, not into the file");
        assert_eq!(file_mode(0o770, 7, 1000), OWN, "without setgid a file is of its maker's group");
        for folder in [0o700, 0o750, 0o755, 0o2750, 0o777, 0o1777] {
            assert_eq!(file_mode(folder, 7, 7), OWN, "{folder:o}");
        }
    }
}
