import NIOCore
import NIOHTTP1

/// A request as the routes see it: its head, and of its body the bytes or just their count and checksum.
struct Request {
    /// Most bytes of a JSON body that are kept, as OpenClaw's own limit is.
    static let longestBody = 20 << 20

    let head: HTTPRequestHead
    let path: String
    let query: Query
    private let keeps: Bool

    private(set) var body = ByteBuffer()
    private(set) var bodyLength = 0
    private(set) var checksum = Adler32()

    init(_ head: HTTPRequestHead) {
        self.head = head
        let target = Self.originForm(head.uri)
        let mark = target.firstIndex(of: "?")
        path = String(target[..<(mark ?? target.endIndex)])
        query = Query(mark.map { target[target.index(after: $0)...] } ?? "")
        keeps = Routes.readsBody(path)
    }

    mutating func take(_ piece: ByteBuffer) {
        bodyLength += piece.readableBytes
        if keeps {
            guard !isTooLarge else { return body.clear() }
            var piece = piece
            body.writeBuffer(&piece)
        } else {
            piece.withUnsafeReadableBytes { checksum.take($0) }
        }
    }

    var isTooLarge: Bool { keeps && bodyLength > Self.longestBody }

    /// The decoder stops at a head that asks for an upgrade: whatever the answer, nothing can follow it here.
    var keepsAlive: Bool { head.isKeepAlive && !head.headers.contains(name: "upgrade") }

    /// The protocol that the client wants to go on with, in lower case.
    var upgrade: String? {
        guard head.method == .GET,
            head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else { return nil }
        return head.headers[canonicalForm: "upgrade"].first?.lowercased()
    }

    /// RFC 9112, section 3.2.2: a server takes the absolute form too.
    private static func originForm(_ uri: String) -> Substring {
        guard !uri.hasPrefix("/"), let scheme = uri.firstRange(of: "://") else { return uri[...] }
        let rest = uri[scheme.upperBound...]
        guard let slash = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
        return rest[slash] == "/" ? rest[slash...] : "/" + rest[slash...]
    }
}
