internal import Settings

/// One line of a watch.
enum SliceEvent: Sendable, Equatable {
    /// `ADDED` and `MODIFIED`.
    case put(EndpointSlice)
    case removed(EndpointSlice)
    /// Up to this version there is nothing to tell.
    case bookmark(String)
    case error(code: Int, message: String)
    /// Of a kind that is none of ours, or that a later Kubernetes has.
    case unknown

    init(line: [UInt8]) throws(KubernetesFailure) {
        let node = try KubernetesText.json(line, "a watch event")
        let object = node["object"]
        switch node["type"]?.string {
        case "ADDED", "MODIFIED":
            guard let slice = object.flatMap({ EndpointSlice($0) }) else { throw .broken("an event without an object") }
            self = .put(slice)
        case "DELETED":
            guard let slice = object.flatMap({ EndpointSlice($0) }) else { throw .broken("an event without an object") }
            self = .removed(slice)
        case "BOOKMARK":
            self = object?["metadata"]?["resourceVersion"]?.string.map { .bookmark($0) } ?? .unknown
        case "ERROR":
            let message = object?["message"]?.string ?? object?["reason"]?.string ?? "no reason given"
            self = .error(code: object?["code"]?.int ?? 0, message: message)
        default: self = .unknown
        }
    }
}

/// A page of a list.
struct SliceList: Sendable, Equatable {
    var slices: [EndpointSlice]
    var version: String
    /// Where the next page begins; nil after the last one.
    var next: String?

    init(body: [UInt8]) throws(KubernetesFailure) {
        let node = try KubernetesText.json(body, "a list")
        guard let items = node["items"]?.elements ?? (node["metadata"] != nil ? [] : nil) else {
            throw .broken("a list without items")
        }
        slices = items.compactMap { EndpointSlice($0) }
        version = node["metadata"]?["resourceVersion"]?.string ?? ""
        next = node["metadata"]?["continue"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}

enum KubernetesText {
    static func json(_ bytes: [UInt8], _ what: String) throws(KubernetesFailure) -> Node {
        do throws(SyntaxError) {
            return try JSONReader.read(bytes, source: what, dialect: .strict)
        } catch {
            throw .broken("\(what) that is not JSON: \(error.position.text): \(error.message)")
        }
    }

    /// For a query (RFC 3986, 3.4): everything but letters, digits and `-._~` is escaped.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The lines of a stream that comes in pieces.
struct LineSplitter: Sendable {
    /// A slice has at most 1000 endpoints; an event of one is far smaller.
    static let longest = 16 << 20

    private var rest: [UInt8] = []

    /// The lines that end in this piece, without empty ones.
    mutating func take(_ piece: some Sequence<UInt8>) throws(KubernetesFailure) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in piece {
            guard byte == UInt8(ascii: "\n") else {
                rest.append(byte)
                continue
            }
            if !rest.isEmpty { lines.append(rest) }
            rest = []
        }
        guard rest.count <= Self.longest else { throw .broken("an event of more than \(Self.longest >> 20) MiB") }
        return lines
    }
}
