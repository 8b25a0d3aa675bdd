/// What a shelf may hold at most.
package struct ShelfBounds: Sendable, Equatable {
    package var entries: Int
    package var bytes: Int

    package init(entries: Int, bytes: Int) {
        self.entries = max(0, entries)
        self.bytes = max(0, bytes)
    }

    /// The share of one of `count` parts; the shares add up to the whole.
    package func share(_ part: Int, of count: Int) -> ShelfBounds {
        ShelfBounds(
            entries: Self.share(entries, part, count), bytes: Self.share(bytes, part, count))
    }

    private static func share(_ whole: Int, _ part: Int, _ count: Int) -> Int {
        whole / count + (part < whole % count ? 1 : 0)
    }
}
