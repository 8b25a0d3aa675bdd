internal import NIOCore
internal import Settings

/// A purge as replicas tell each other:
/// `{"epoch":7,"from":"...","at":1760000000000,"kind":"prefix","value":"agent:response:docs:","soft":false}`.
package struct PurgeMessage: Sendable, Equatable {
    package var purge: Purge
    /// What Redis counted for it; nil where it could not count.
    package var epoch: Int64?
    /// Who tells it.
    package var from: String

    private static let mostBytes = 64 * 1024

    package init(_ purge: Purge, epoch: Int64?, from: String) {
        self.purge = purge
        self.epoch = epoch
        self.from = from
    }

    package var text: String {
        let number = epoch.map { "\"epoch\":\($0)," } ?? ""
        let value = JSONText.quoted(purge.selection.value)
        return "{\(number)\"from\":\(JSONText.quoted(from)),\"at\":\(purge.at),\"kind\":\"\(purge.selection.kind)\","
            + "\"value\":\(value),\"soft\":\(purge.isSoft)}"
    }

    /// Nil for what is no such message. Members that are not known are passed over: a later version may have more.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.mostBytes,
            let node = try? JSONReader.read(bytes, source: "purge", dialect: .strict, duplicates: .lastStays),
            let kind = node["kind"]?.string, let value = node["value"]?.string,
            let selection = CacheSelection(kind: kind, value: value), let from = node["from"]?.string,
            let at = Self.integer(node["at"])
        else { return nil }
        var isSoft = false
        if case .bool(let told)? = node["soft"]?.value { isSoft = told }
        self.init(Purge(selection, isSoft: isSoft, at: at), epoch: Self.integer(node["epoch"]), from: from)
    }

    private static func integer(_ node: Node?) -> Int64? {
        guard case .number(let digits)? = node?.value else { return nil }
        return Int64(digits)
    }
}
