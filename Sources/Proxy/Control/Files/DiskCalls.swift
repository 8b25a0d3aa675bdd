internal import Glibc

/// The system calls that put a file in another's place. A test watches them, or makes one fail.
package struct DiskCalls: Sendable {
    package enum Step: String, Sendable, CaseIterable {
        case makeFolder, lock, create, own, write, sync, link, rename, syncFolder, remove
    }

    /// A call that failed, with the system's error number.
    struct Failure: Error {
        var step: Step
        var path: String
        var error: Int32
    }

    struct Owner: Equatable {
        var user: uid_t
        var group: gid_t
    }

    package static let real = DiskCalls { _, _ in 0 }

    /// Asked before each call with its path: 0 lets it happen; an error number stands for its failure.
    private let before: @Sendable (Step, String) -> Int32

    package init(before: @escaping @Sendable (Step, String) -> Int32) {
        self.before = before
    }

    private func perform(_ step: Step, _ path: String, _ call: () -> Int32) throws(Failure) {
        let refused = before(step, path)
        if refused != 0 { throw Failure(step: step, path: path, error: refused) }
        while call() < 0 {
            if errno != EINTR { throw Failure(step: step, path: path, error: errno) }
        }
    }

    // MARK: folders

    /// Makes a folder for this user alone (0700), with those above it, as far as they are missing.
    func makeFolder(_ path: String, owner: Owner? = nil) throws(Failure) {
        var found = stat()
        if stat(path, &found) == 0 { return }
        let above = FilePlace.split(path).folder
        if above != path, stat(above, &found) != 0 { try makeFolder(above) }
        do throws(Failure) {
            try perform(.makeFolder, path) { mkdir(path, 0o700) }
        } catch {
            // another process was quicker
            guard error.error == EEXIST else { throw error }
            return
        }
        if let owner, owner.user != geteuid(), geteuid() == 0 { _ = chown(path, owner.user, owner.group) }
    }

    /// Makes renames in a folder last through a power cut. A failure is passed over: they have happened, and cannot be
    /// taken back. Some file systems have no such call for folders.
    func syncFolder(_ path: String) {
        guard before(.syncFolder, path) == 0 else { return }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        _ = fsync(folder)
        _ = close(folder)
    }

    static func names(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    // MARK: files

    /// A new file with these bytes. Nothing is left of it after a failure.
    ///
    /// - Parameter lasting: all of it is on the disk and lasts through a power cut. That takes milliseconds.
    func write(
        _ bytes: [UInt8], to path: String, mode: mode_t = 0o600, owner: Owner? = nil, lasting: Bool = true
    ) throws(Failure) {
        var file: Int32 = -1
        try perform(.create, path) {
            file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            return file
        }
        do throws(Failure) {
            defer { _ = close(file) }
            if let owner { try own(file, path, owner, mode) }
            try perform(.own, path) { fchmod(file, mode & 0o7777) }
            try fill(file, path, bytes)
            if lasting { try perform(.sync, path) { fsync(file) } }
        } catch {
            remove(path)
            throw error
        }
    }

    /// Gives a file to the owner of the one that it will replace, unless it has that owner already. The group counts
    /// only where it may do something.
    private func own(_ file: Int32, _ path: String, _ owner: Owner, _ mode: mode_t) throws(Failure) {
        var facts = stat()
        guard fstat(file, &facts) != 0 || Owner(user: facts.st_uid, group: facts.st_gid) != owner else { return }
        do throws(Failure) {
            try perform(.own, path) { fchown(file, owner.user, owner.group) }
        } catch {
            guard facts.st_uid == owner.user, mode & 0o070 == 0 else { throw error }
        }
    }

    private func fill(_ file: Int32, _ path: String, _ bytes: [UInt8]) throws(Failure) {
        var written = 0
        while written < bytes.count {
            var count = 0
            try perform(.write, path) {
                count = bytes.withUnsafeBytes { all in
                    let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                    return Glibc.write(file, rest.baseAddress, rest.count)
                }
                return count < 0 ? -1 : 0
            }
            guard count > 0 else { throw Failure(step: .write, path: path, error: ENOSPC) }
            written += count
        }
    }

    /// Puts a file in the place of another, or of none.
    func rename(_ old: String, to new: String) throws(Failure) {
        try perform(.rename, new) { Glibc.rename(old, new) }
    }

    /// Gives a file a name that none has yet: EEXIST where one has.
    func claim(_ new: String, for old: String) throws(Failure) {
        do throws(Failure) {
            try perform(.link, new) { link(old, new) }
            remove(old)
        } catch {
            // file systems without hard links: a look, then a rename
            guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(error.error) else { throw error }
            var found = stat()
            guard lstat(new, &found) != 0 else { throw Failure(step: .link, path: new, error: EEXIST) }
            try rename(old, to: new)
        }
    }

    func remove(_ path: String) {
        guard before(.remove, path) == 0 else { return }
        _ = unlink(path)
    }

    // MARK: locks

    /// How long another process may hold a lock; what is done under one takes milliseconds.
    private static let patience: Int64 = 5_000_000_000

    /// Holds the lock file while `body` runs, against other processes and against other threads of this one.
    func locked<Result, Problem: Error>(
        _ path: String, owner: Owner?, failing: (Failure) -> Problem, _ body: () throws(Problem) -> Result
    ) throws(Problem) -> Result {
        let file: Int32
        do throws(Failure) {
            file = try lock(path, owner)
        } catch {
            throw failing(error)
        }
        // closing it lets go of it, and so does the end of the process
        defer { _ = close(file) }
        return try body()
    }

    private func lock(_ path: String, _ owner: Owner?) throws(Failure) -> Int32 {
        let end = LogClock.now().monotonic + Self.patience
        while true {
            var file: Int32 = -1
            try perform(.lock, path) {
                file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
                return file
            }
            if geteuid() == 0, let owner, owner.user != 0 { _ = fchown(file, owner.user, owner.group) }
            let isHeld = flock(file, LOCK_EX | LOCK_NB) == 0
            // the file may have been removed, and made anew by others, since it was opened
            if isHeld, Self.isSame(file, path) { return file }
            let error = isHeld ? 0 : errno
            _ = close(file)
            guard isHeld || error == EWOULDBLOCK || error == EINTR else {
                throw Failure(step: .lock, path: path, error: error)
            }
            guard LogClock.now().monotonic < end else { throw Failure(step: .lock, path: path, error: EWOULDBLOCK) }
            if !isHeld { usleep(2000) }
        }
    }

    private static func isSame(_ file: Int32, _ path: String) -> Bool {
        var (held, named) = (stat(), stat())
        guard fstat(file, &held) == 0, stat(path, &named) == 0 else { return false }
        return held.st_dev == named.st_dev && held.st_ino == named.st_ino
    }
}
