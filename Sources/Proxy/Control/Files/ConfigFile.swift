package import Settings
internal import Access
internal import Glibc

/// The one file that changes are written to.
///
/// It is always one whole version, whenever the process or the machine stops: a new content is written beside it, and
/// renamed into its place when all of it is on the disk. Processes that share the file wait for each other by a lock
/// in the history's folder; between the last look at the content and the rename no other writer that honours the lock
/// can come in, and one that does not has some microseconds.
package struct ConfigFile: Sendable {
    package let path: String
    let disk: DiskCalls

    package init(_ path: String, disk: DiskCalls = .real) {
        self.path = path
        self.disk = disk
    }

    /// As it is now; at most 64 MiB.
    package func read() -> FileContents { FileReading.read(path) }

    /// SHA-256 in 64 lower-case hexadecimal digits: what `baseHash` is compared with.
    package static func hash(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { SHA256Digest(of: $0)?.hex } ?? ""
    }

    /// Puts other content in the file's place. Mode and owner stay; a file that was not there is for its owner alone
    /// (0600).
    ///
    /// - Parameter expected: the hash of what must still be there; nil where no file may be there.
    package func replace(with bytes: [UInt8], expecting expected: String?) throws(ConfigFileFailure) {
        let place = FilePlace(path)
        if let obstacle = standingObstacle(place) { throw obstacle }
        try locked(place) { () throws(ConfigFileFailure) in
            try compare(place, expected)
            let (mode, owner) = Self.manners(place)
            let temporary = place.temporary
            do throws(DiskCalls.Failure) {
                try disk.write(bytes, to: temporary, mode: mode, owner: owner)
            } catch {
                throw .cannotReplace(path, place, error)
            }
            do throws(ConfigFileFailure) {
                // to write took some milliseconds
                try compare(place, expected)
                try put(temporary, place, isNew: expected == nil)
            } catch {
                disk.remove(temporary)
                throw error
            }
            disk.syncFolder(place.folder)
        }
    }

    private func put(_ temporary: String, _ place: FilePlace, isNew: Bool) throws(ConfigFileFailure) {
        do throws(DiskCalls.Failure) {
            if isNew {
                try disk.claim(place.path, for: temporary)
            } else {
                try disk.rename(temporary, to: place.path)
            }
        } catch {
            throw isNew && error.error == EEXIST ? .changed : .cannotReplace(path, place, error)
        }
    }

    /// Whether the content is still what a change was made for.
    private func compare(_ place: FilePlace, _ expected: String?) throws(ConfigFileFailure) {
        switch FileReading.read(place.path) {
        case .missing: if expected != nil { throw .changed }
        case .bytes(let bytes): if expected != Self.hash(bytes) { throw .changed }
        case .unreadable(let why): throw .cannotReplace(path, place, "what is there cannot be read: \(why)")
        }
    }

    /// Mode and owner of what is there; those of a new file where nothing is. What root makes in another user's folder
    /// is that user's: the proxy may run as that user, and must be able to read it.
    static func manners(_ place: FilePlace) -> (mode: mode_t, owner: DiskCalls.Owner?) {
        var facts = stat()
        if stat(place.path, &facts) == 0 {
            return (facts.st_mode & 0o7777, DiskCalls.Owner(user: facts.st_uid, group: facts.st_gid))
        }
        guard geteuid() == 0, stat(place.folder, &facts) == 0, facts.st_uid != 0 else { return (0o600, nil) }
        return (0o600, DiskCalls.Owner(user: facts.st_uid, group: facts.st_gid))
    }

    /// Runs `body` while no other process changes the file or its history. Makes the folders that are missing.
    ///
    /// - Parameter failing: what it means that they cannot be made or locked.
    func locked<Result>(
        _ place: FilePlace, failing: ((DiskCalls.Failure) -> ConfigFileFailure)? = nil,
        _ body: () throws(ConfigFileFailure) -> Result
    ) throws(ConfigFileFailure) -> Result {
        let failing = failing ?? { .cannotReplace(path, place, $0) }
        let owner: DiskCalls.Owner?
        do throws(DiskCalls.Failure) {
            try disk.makeFolder(place.folder)
            owner = Self.manners(place).owner
            try disk.makeFolder(place.history, owner: owner)
        } catch {
            throw failing(error)
        }
        return try disk.locked(place.lock, owner: owner, failing: failing, body)
    }

    /// Removes temporary files that a crash left behind. Does nothing while another process is writing.
    package func sweep() {
        let place = FilePlace(path)
        var found = stat()
        // nothing is written without the history's folder
        guard stat(place.history, &found) == 0 else { return }
        try? locked(place) { () throws(ConfigFileFailure) in
            for name in DiskCalls.names(in: place.folder) where FilePlace.isTemporary(name, of: place.name) {
                disk.remove(FilePlace.joined(place.folder, name))
            }
            for name in DiskCalls.names(in: place.history) where FilePlace.isTemporary(name) {
                disk.remove(FilePlace.joined(place.history, name))
            }
        }
    }
}
