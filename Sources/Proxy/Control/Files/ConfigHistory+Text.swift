internal import Settings

/// What is known of a version, and of a change that waits, as lines of JSON. Members that a later version adds are
/// passed over; text in which something is missing, or of another type, is damaged.
extension ConfigHistory {
    static func text(_ entry: Entry, size: Int) -> [UInt8] {
        var paths = entry.changedPaths
        if paths.count > mostPaths { paths = paths.prefix(mostPaths) + ["..."] }
        let node = Node.object([
            ("number", .int(entry.number)), ("hash", .string(entry.hash)), ("size", .int(size)),
            ("time", .int(entry.time)), ("by", .string(entry.by)), ("note", .string(entry.note)),
            ("reason", .string(entry.reason)), ("changedPaths", .strings(paths)),
            ("transaction", .text(entry.transaction)), ("confirmBy", entry.confirmBy.map { .int($0) } ?? .null),
        ])
        return Array((node.json + "\n").utf8)
    }

    static func entry(_ bytes: [UInt8]) -> (entry: Entry, size: Int)? {
        guard let node = node(bytes), let number = node["number"]?.int, let hash = node["hash"]?.string,
            let size = node["size"]?.int, let time = node["time"]?.int, let by = node["by"]?.string,
            let note = node["note"]?.string, let reason = node["reason"]?.string,
            let paths = strings(node["changedPaths"]), let transaction = node["transaction"],
            let confirmBy = node["confirmBy"]
        else { return nil }
        guard transaction.isNull || transaction.string != nil, confirmBy.isNull || confirmBy.int != nil else {
            return nil
        }
        let entry = Entry(
            number: number, hash: hash, time: Int64(time), by: by, note: note, reason: reason, changedPaths: paths,
            transaction: transaction.string, confirmBy: confirmBy.int.map { Int64($0) })
        return (entry, size)
    }

    static func text(_ pending: Pending, _ bytes: [UInt8]) -> [UInt8] {
        let node = Node.object([
            ("transaction", .string(pending.transaction)), ("baseHash", .string(pending.baseHash)),
            ("peers", .strings(pending.peers)), ("note", .string(pending.note)),
            ("hash", .string(ConfigFile.hash(bytes))),
        ])
        return Array((node.json + "\n").utf8) + bytes
    }

    static func pending(_ bytes: [UInt8]) -> (Pending, [UInt8])? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), let node = node(Array(bytes[..<end])),
            let transaction = node["transaction"]?.string, let baseHash = node["baseHash"]?.string,
            let peers = strings(node["peers"]), let note = node["note"]?.string
        else { return nil }
        let content = Array(bytes[(end + 1)...])
        guard node["hash"]?.string == ConfigFile.hash(content) else { return nil }
        return (Pending(transaction: transaction, baseHash: baseHash, peers: peers, note: note), content)
    }

    private static func node(_ bytes: [UInt8]) -> Node? {
        try? JSONReader.read(bytes, source: "history", dialect: .strict)
    }

    private static func strings(_ node: Node?) -> [String]? {
        guard let elements = node?.elements else { return nil }
        let texts = elements.compactMap(\.string)
        return texts.count == elements.count ? texts : nil
    }
}
