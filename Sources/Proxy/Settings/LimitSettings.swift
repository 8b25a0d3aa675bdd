package import Settings

/// `http.limits`: what one client, or all of them, may send and open.
package struct LimitSettings: Section {
    package var headerBytes = ByteSize(bytes: 32 << 10)
    package var headerCount = 100
    package var targetBytes = ByteSize(bytes: 8 << 10)
    package var bodyBytes = ByteSize(bytes: 50 << 20)
    package var maxConnections = 10_000
    package var connectionsPerAddress = 0
    package var minRate = ByteSize(bytes: 1000)

    package init() {}

    package static let keys: [Key<LimitSettings>] = [
        .value(
            "headerBytes", \.headerBytes, "head of a request in all; more is 431",
            check: Self.sizes(from: 1 << 10, to: 1 << 20)),
        .value("headerCount", \.headerCount, "fields of a head; more is 431", check: Check.range(1...10_000)),
        .value(
            "targetBytes", \.targetBytes, "request target; more is 414; within `headerBytes`",
            check: Self.sizes(from: 64, to: 1 << 20)),
        .value(
            "bodyBytes", \.bodyBytes, "body of a request; more is 413",
            check: Self.sizes(from: 0, to: 1 << 50)),
        .value(
            "maxConnections", \.maxConnections, "client connections at once; a warning is logged at 90 %",
            check: Check.range(1...10_000_000)),
        .value(
            "connectionsPerAddress", \.connectionsPerAddress,
            "client connections at once of one address; 0 is no limit",
            check: Check.range(0...10_000_000)),
        .value(
            "minRate", \.minRate,
            "bytes a second that a body must bring on average after its first 10 s; 0 is no limit",
            check: Self.sizes(from: 0, to: 1 << 40)),
    ]

    package static func check(_ value: LimitSettings, _ node: Node, _ reading: inout Reading) {
        if value.targetBytes.bytes > value.headerBytes.bytes {
            let most = value.headerBytes.spelling
            reading.under("targetBytes") {
                $0.error(
                    node["targetBytes"]?.position ?? node.position,
                    "expected at most headerBytes (\(most)), as the target is part of the head; raise headerBytes")
            }
        }
    }

    private static func sizes(from low: Int, to high: Int) -> @Sendable (ByteSize) -> String? {
        Check.range(ByteSize(bytes: low)...ByteSize(bytes: high))
    }
}
