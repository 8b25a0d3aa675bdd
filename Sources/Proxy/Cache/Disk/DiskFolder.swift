internal import Cache
internal import Glibc

/// The directory of a disk layer, and its files as bytes. Every call may wait for the disk.
///
/// A file is written beside its place and renamed into it, so that a reader sees the old one or the new one. Nothing is
/// forced to the disk: what a crash leaves half-written is found damaged.
struct DiskFolder: Sendable {
    /// Of an operating system's call: its error number.
    struct Failure: Error, Equatable {
        let number: Int32
    }

    /// What is known of a file without reading it whole.
    struct Found {
        var name: DiskName
        /// Bytes that it takes on the disk.
        var bytes: Int
        /// Seconds since 1970 at which it was written.
        var written: Int
        /// Wall-clock milliseconds; nil where it is no file of ours.
        var lastEnd: Int64?
    }

    private static let temporary = ".new-"
    private static let block = 4096

    let path: String

    /// `~/` is the home of the user that runs the proxy.
    init(_ directory: String) {
        guard directory.hasPrefix("~/"), let home = getenv("HOME") else {
            path = directory
            return
        }
        path = String(cString: home) + directory.dropFirst()
    }

    /// Makes the directory where it is not there. What is kept is nobody else's to read.
    func prepare() throws(Failure) {
        var at = path.startIndex
        while let slash = path[at...].dropFirst().firstIndex(of: "/") {
            at = slash
            _ = mkdir(String(path[..<slash]), 0o755)
        }
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Failure(number: errno) }
        if access(path, R_OK | W_OK | X_OK) != 0 { throw Failure(number: errno) }
    }

    /// Bytes on the disk of a file of so many.
    static func room(for count: Int) -> Int { (count + block - 1) & ~(block - 1) }

    /// Nil where there is none.
    func read(_ name: DiskName, most: Int) throws(Failure) -> [UInt8]? {
        let file = open(place(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if file < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Failure(number: errno)
        }
        defer { close(file) }
        var seen = stat()
        guard fstat(file, &seen) == 0 else { throw Failure(number: errno) }
        let count = Int(seen.st_size)
        // what is no file, or too long, reads as damaged
        guard seen.st_mode & S_IFMT == S_IFREG, count > 0, count <= most else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            while filled < count {
                let got = Glibc.read(file, memory.baseAddress.map { $0 + filled }, count - filled)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                filled += got
            }
        }
    }

    func write(_ name: DiskName, _ bytes: [UInt8]) throws(Failure) {
        let new = "\(path)/\(Self.temporary)\(getpid())-\(name.folder)\(name.file)"
        let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Failure(number: errno) }
        var error = bytes.withUnsafeBytes { DescriptorWrite.all($0, to: file).error }
        if close(file) != 0, error == 0 { error = errno }
        if error == 0, rename(new, place(name)) != 0 {
            error = errno
            if error == ENOENT {
                _ = mkdir("\(path)/\(name.folder)", 0o700)
                error = rename(new, place(name)) == 0 ? 0 : errno
            }
        }
        if error != 0 {
            unlink(new)
            throw Failure(number: error)
        }
    }

    /// The same, though somebody has removed the directory.
    func writeAnyway(_ name: DiskName, _ bytes: [UInt8]) throws(Failure) {
        do {
            try write(name, bytes)
        } catch {
            guard error.number == ENOENT else { throw error }
            try prepare()
            try write(name, bytes)
        }
    }

    func remove(_ name: DiskName) { unlink(place(name)) }

    /// What stands in one of the 256 folders.
    func files(in folder: UInt8) -> [Found] {
        let folder = (folder < 16 ? "0" : "") + String(folder, radix: 16)
        return entries(of: "\(path)/\(folder)").compactMap { entry in
            DiskName(hex: (folder + entry).utf8).flatMap { look(at: $0) }
        }
    }

    /// Removes what other processes left half-written a minute ago or earlier. `now`: seconds since 1970.
    func tidy(now: Int) {
        let own = "\(Self.temporary)\(getpid())-"
        for entry in entries(of: path) where entry.hasPrefix(Self.temporary) && !entry.hasPrefix(own) {
            var seen = stat()
            if lstat("\(path)/\(entry)", &seen) == 0, seen.st_mtim.tv_sec < now - 60 { unlink("\(path)/\(entry)") }
        }
    }

    private func look(at name: DiskName) -> Found? {
        let file = open(place(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var seen = stat()
        guard fstat(file, &seen) == 0, seen.st_mode & S_IFMT == S_IFREG else { return nil }
        let header = [UInt8](unsafeUninitializedCapacity: ResourceCodec.headerCount) { memory, filled in
            filled = max(0, Glibc.read(file, memory.baseAddress, memory.count))
        }
        return Found(
            name: name, bytes: Self.room(for: Int(seen.st_size)), written: seen.st_mtim.tv_sec,
            lastEnd: header.withUnsafeBytes { ResourceCodec.lastEnd($0) })
    }

    private func entries(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func place(_ name: DiskName) -> String { "\(path)/\(name.folder)/\(name.file)" }
}
