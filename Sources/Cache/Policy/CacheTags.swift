internal import Wire

/// The names under which an answer can be removed together with others: `Cache-Tag` has commas between them,
/// `Surrogate-Key` blanks.
enum CacheTags {
    /// More of them, and longer ones in bytes, are left out.
    static let most = 128
    static let longest = 256

    static func read(_ lines: HeadLines) -> [[UInt8]] {
        var tags: [[UInt8]] = []
        func add(_ tag: UnsafeRawBufferPointer) {
            guard tag.count > 0, tag.count <= longest, tags.count < most else { return }
            let bytes = Array(tag)
            if !tags.contains(bytes) { tags.append(bytes) }
        }
        lines.forEach("cache-tag") { $0.forEachListMember(add) }
        lines.forEach("surrogate-key") { value in
            for tag in value.split(whereSeparator: ByteClass.isBlank) { add(UnsafeRawBufferPointer(rebasing: tag)) }
        }
        return tags
    }
}
