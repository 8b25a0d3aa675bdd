internal import Cache

/// Which files a disk layer has, and which leave first.
struct DiskIndex: Sendable {
    private struct Item: Sendable {
        var name: DiskName
        /// Wall-clock milliseconds.
        var lastEnd: Int64
    }

    private var shelf: Shelf<Item>
    /// All files of the directory are in it: what is not, is not there.
    var isWhole = false

    init(_ bounds: ShelfBounds, _ policy: EvictionPolicy) { shelf = Shelf(bounds, policy, countsTables: false) }

    var count: Int { shelf.count }
    var bytes: Int { shelf.bytes }
    var bounds: ShelfBounds { shelf.bounds }
    var names: [DiskName] { shelf.values.map(\.name) }

    /// Nil where it is not known.
    func lastEnd(of name: DiskName) -> Int64? { place(of: name).flatMap { shelf[$0]?.lastEnd } }

    mutating func use(_ name: DiskName) {
        if let place = place(of: name) { shelf.use(place) }
    }

    /// Puts a file in, and answers which ones must go for it; nil where it is too large.
    mutating func put(_ name: DiskName, bytes: Int, lastEnd: Int64) -> [DiskName]? {
        let item = Item(name: name, lastEnd: lastEnd)
        if let place = place(of: name) {
            guard bytes <= bounds.bytes else { return nil }
            return shelf.replace(place, item, cost: bytes).map(\.name)
        }
        return shelf.add(item, hash: name.hash, cost: bytes)?.map(\.name)
    }

    mutating func remove(_ name: DiskName) {
        if let place = place(of: name) { _ = shelf.remove(place) }
    }

    mutating func resize(_ bounds: ShelfBounds) -> [DiskName] { shelf.resize(bounds).map(\.name) }

    private func place(of name: DiskName) -> Int? { shelf.place(of: name.hash) { $0.name == name } }
}
