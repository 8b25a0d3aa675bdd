internal import Glibc

/// By what a changed file is told from the same one, without reading it.
package struct FileSignature: Sendable, Equatable {
    /// Of what is at the end of all links.
    package var device: UInt64
    package var inode: UInt64
    package var size: Int64
    /// Unix nanoseconds: the last write, and the last change of anything, name and mode included.
    package var modified: Int64
    package var changed: Int64
    /// The text of the link at the path itself; nil where it is none.
    package var link: String?
    /// The error number of a file that is there but cannot be looked at; 0 otherwise.
    package var error: Int32 = 0
    /// Unix nanoseconds: when the link at the path itself was made. Not compared.
    var linked: Int64 = 0

    package init(
        device: UInt64 = 0, inode: UInt64 = 0, size: Int64 = 0, modified: Int64 = 0, changed: Int64 = 0,
        link: String? = nil, error: Int32 = 0
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
        self.link = link
        self.error = error
    }

    package static func == (one: FileSignature, two: FileSignature) -> Bool {
        one.device == two.device && one.inode == two.inode && one.size == two.size && one.modified == two.modified
            && one.changed == two.changed && one.link == two.link && one.error == two.error
    }

    /// The latest of its times.
    var newest: Int64 { max(modified, changed, linked) }

    /// Nil where nothing is, at the path or at the end of its links.
    package init?(path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            self.init(error: errno)
            return
        }
        self.init(
            device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino), size: Int64(facts.st_size),
            modified: Self.nanoseconds(facts.st_mtim), changed: Self.nanoseconds(facts.st_ctim))
        var own = stat()
        if lstat(path, &own) == 0, own.st_mode & S_IFMT == S_IFLNK {
            link = FilePlace.link(at: path)
            linked = Self.nanoseconds(own.st_ctim)
        }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
