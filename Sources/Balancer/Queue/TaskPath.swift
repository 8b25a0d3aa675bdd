/// A path of `taskPriority.paths`, and whether a request lies below it.
struct TaskPath: Sendable {
    /// Without a slash at its end; that of `/` is empty.
    let prefix: [UInt8]
    let level: TaskLevel

    init(_ text: String, _ level: TaskLevel) {
        var bytes = Array((text.hasSuffix("/*") ? text.dropLast() : text[...]).utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        prefix = bytes
        self.level = level
    }

    /// What is wrong with a path, or nil.
    static func fault(_ text: String) -> String? {
        guard text.utf8.first == UInt8(ascii: "/") else { return "expected a path that begins with '/'" }
        let stem = text.hasSuffix("/*") ? text.dropLast(2) : text[...]
        let isPlain = stem.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"*?#".utf8.contains(byte)
        }
        return isPlain ? nil : "expected a path of visible ASCII without '*', '?' and '#'; only '/*' may end it"
    }

    /// `/team` and what lies below, not `/teams`.
    func contains(_ path: UnsafeRawBufferPointer) -> Bool {
        guard path.count >= prefix.count, path.prefix(prefix.count).elementsEqual(prefix) else { return false }
        return path.count == prefix.count || path[prefix.count] == UInt8(ascii: "/")
    }
}
