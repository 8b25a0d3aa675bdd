internal import Glibc

/// Why a change could not be written, found out beforehand.
extension ConfigFile {
    /// Why a replacement would fail, without changing anything: no regular file, nothing may be written to it or in its
    /// folder, a read-only file system, a file that is mounted by itself, an owner that cannot be kept, a full disk.
    /// Nil when it would work.
    package func obstacle() -> ConfigFileFailure? {
        let place = FilePlace(path)
        return standingObstacle(place) ?? ownerObstacle(place) ?? historyObstacle(place) ?? spaceObstacle(place)
    }

    /// What the attempt itself would not tell, or tell in other words.
    func standingObstacle(_ place: FilePlace) -> ConfigFileFailure? {
        var facts = stat()
        guard !["", ".", ".."].contains(place.name) else { return refused(place, "it is no name of a file") }
        guard stat(place.path, &facts) == 0 else {
            if errno == ENOENT { return folderObstacle(place.folder, place) }
            return refused(place, systemReason(errno))
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { return refused(place, "it is no regular file") }
        if isMounted(place, facts) { return refused(place, "it is mounted there by itself") }
        // root can write all the same; who took away every right to write did not mean that
        if facts.st_mode & 0o222 == 0 {
            return refused(place, "it is read-only (mode \(String(facts.st_mode & 0o7777, radix: 8)))", "chmod u+w")
        }
        guard faccessat(AT_FDCWD, place.path, W_OK, AT_EACCESS) == 0 else {
            return refused(place, "this process may not write to it: \(systemReason(errno))")
        }
        return folderObstacle(place.folder, place)
    }

    /// A folder that is missing is made: what is above it counts then.
    private func folderObstacle(_ folder: String, _ place: FilePlace) -> ConfigFileFailure? {
        var (folder, facts) = (folder, stat())
        while stat(folder, &facts) != 0 {
            let above = FilePlace.split(folder).folder
            guard errno == ENOENT, above != folder else { return refused(place, "\(folder): \(systemReason(errno))") }
            folder = above
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else { return refused(place, "\(folder): \(systemReason(ENOTDIR))") }
        guard faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
            return refused(place, "the folder \(folder): \(systemReason(errno))")
        }
        return nil
    }

    /// The table of mounts has the last word: on a file system of layers, device numbers differ without any mount.
    private func isMounted(_ place: FilePlace, _ facts: stat) -> Bool {
        if let isMounted = MountTable.hasMount(at: place.path) { return isMounted }
        var folder = stat()
        return stat(place.folder, &folder) == 0 && folder.st_dev != facts.st_dev
    }

    /// Only root can give files away.
    private func ownerObstacle(_ place: FilePlace) -> ConfigFileFailure? {
        var facts = stat()
        guard geteuid() != 0, stat(place.path, &facts) == 0 else { return nil }
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = Int(getgroups(Int32(groups.count), &groups))
        let isMember =
            facts.st_mode & 0o070 == 0 || facts.st_gid == getegid()
            || groups.prefix(max(count, 0)).contains(facts.st_gid)
        guard facts.st_uid != geteuid() || !isMember else { return nil }
        return refused(
            place,
            "it belongs to user \(facts.st_uid), group \(facts.st_gid), which a file made by this process cannot",
            "run the proxy as that user")
    }

    private func historyObstacle(_ place: FilePlace) -> ConfigFileFailure? {
        var facts = stat()
        guard stat(place.history, &facts) == 0 else { return nil }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            return refused(place, "\(place.history): \(systemReason(ENOTDIR))")
        }
        guard faccessat(AT_FDCWD, place.history, W_OK | X_OK, AT_EACCESS) == 0 else {
            return refused(place, "\(place.history): \(systemReason(errno))")
        }
        return nil
    }

    private func spaceObstacle(_ place: FilePlace) -> ConfigFileFailure? {
        var space = statvfs()
        guard statvfs(place.folder, &space) == 0, space.f_blocks > 0, space.f_bfree == 0 else { return nil }
        return .cannotReplace(path, place, DiskCalls.Failure(step: .write, path: place.path, error: ENOSPC))
    }

    private func refused(_ place: FilePlace, _ reason: String, _ advice: String? = nil) -> ConfigFileFailure {
        .cannotReplace(path, place, reason, advice: advice)
    }
}
