internal import Proxy
internal import Settings

/// The payload of `cache.stats` as lines.
struct CacheText {
    private let payload: Node

    init(_ payload: Node) { self.payload = payload }

    var lines: [String] {
        guard payload["enabled"]?.bool == true else {
            return ["there is no cache: set cache.layers, for example to [{name: \"L1\", type: \"memory\"}]"]
        }
        let layers = Table.lines(
            ["LAYER", "TYPE", "ENTRIES", "BYTES", "HIT", "HITS", "STALE", "MISSES", "ERRORS", "EVICTED", "LOOKUP"],
            payload.list("layers").map(row))
        let troubles = payload.list("layers").compactMap { layer in
            layer.member("trouble").map { "\(layer.text("name")): \($0.plain)" }
        }
        return Table.lines(whole) + [""] + layers + troubles
    }

    /// A word, and what there is to say about it.
    private var whole: [[String]] {
        let requests = payload["requests"]
        let told = (requests?.members ?? []).map { "\($0.node.plain) \(Self.words[$0.name] ?? $0.name)" }
        var rows = [
            ["hit ratio", Self.percent(payload["hitRatio"])], ["requests", told.joined(separator: ", ")],
            [
                "fetches",
                "\(payload.text("fills")) under way, \(payload.text("waiting")) requests wait for them;"
                    + " \(payload.text("coalesced")) so far did not have to be sent",
            ],
            ["kept", "\(payload.text("stored")) answers"],
        ]
        let refusals = (payload["notStored"]?.members ?? []).map { "\($0.name) \($0.node.plain)" }
        if !refusals.isEmpty { rows.append(["not kept", refusals.joined(separator: ", ")]) }
        let shadow = payload["shadow"]
        let (same, different) = (shadow?["same"]?.int ?? 0, shadow?["different"]?.int ?? 0)
        if same + different > 0 {
            rows.append(["shadow", "\(same) answers as kept, \(different) different"])
        }
        return rows
    }

    private static let words = [
        "hit": "answered from it", "miss": "not found", "revalidated": "confirmed by the agent",
        "bypass": "not for a cache",
    ]

    private func row(_ layer: Node) -> [String] {
        [
            layer.text("name"), layer.text("type"), Self.filled(layer["entries"], layer["mostEntries"]) { "\($0)" },
            Self.filled(layer["bytes"], layer["mostBytes"], Self.size), Self.percent(layer["hitRatio"]),
            layer.text("hit"), layer.text("stale"), layer.text("miss"), layer.text("error"), layer.text("evictions"),
            Self.time(layer["lookupMicros"]),
        ]
    }

    /// `12 of 1000`; `-` where nobody knows.
    private static func filled(_ node: Node?, _ most: Node?, _ text: (Int) -> String) -> String {
        guard let number = node?.int else { return "-" }
        return most?.int.map { "\(text(number)) of \(text($0))" } ?? text(number)
    }

    static func size(_ bytes: Int) -> String {
        for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes >= size {
            let tenths = bytes * 10 / size
            return tenths >= 100 || tenths % 10 == 0 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
        }
        return "\(bytes)B"
    }

    private static func percent(_ node: Node?) -> String {
        guard let share = number(node) else { return "-" }
        return "\(Int((share * 100).rounded()))%"
    }

    private static func time(_ node: Node?) -> String {
        guard let micros = number(node), micros > 0 else { return "-" }
        return micros >= 1000 ? "\(Int(micros) / 1000)ms" : "\(Int(micros.rounded(.up)))us"
    }

    private static func number(_ node: Node?) -> Double? {
        if case .number(let literal)? = node?.value { Double(literal) } else { nil }
    }
}
