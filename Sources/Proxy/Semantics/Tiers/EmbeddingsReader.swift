internal import Glibc

/// Finds the vectors in `{"data": [{"index": 0, "embedding": [0.1, ...] or "BASE64"}, ...]}`. Reads straight into
/// numbers: an answer for many texts has a hundred thousand of them. Of what else stands there only the brackets count.
struct EmbeddingsReader {
    /// With a zero behind them, at which no number goes on.
    private let bytes: [UInt8]
    private var at = 0

    /// Numbers in a vector, at most: what no model has.
    private static let mostNumbers = 65_536

    /// `count` vectors by their `index`, or in the order that they stand where none has one.
    static func vectors(in body: [UInt8], count: Int) throws(EmbeddingsFault) -> [[Float]] {
        var reader = EmbeddingsReader(body)
        var placed = [[Float]?](repeating: nil, count: count)
        var found = 0
        var data = false
        try reader.members { name, reader throws(EmbeddingsFault) in
            guard name == "data", !data else { return try reader.skip() }
            data = true
            try reader.elements { reader throws(EmbeddingsFault) in
                let (index, vector) = try reader.entry()
                let place = index ?? found
                guard placed.indices.contains(place), placed[place] == nil else {
                    throw EmbeddingsFault("a vector for text \(place) of \(count)")
                }
                placed[place] = vector
                found += 1
            }
        }
        guard data else { throw EmbeddingsFault("an object without `data`") }
        guard found == count else { throw EmbeddingsFault("\(found) vectors for \(count) texts") }
        return placed.compactMap { $0 }
    }

    private init(_ body: [UInt8]) { bytes = body + [0] }

    private mutating func entry() throws(EmbeddingsFault) -> (index: Int?, vector: [Float]) {
        var index: Int?
        var vector: [Float] = []
        try members { name, reader throws(EmbeddingsFault) in
            switch name {
            case "index":
                index = Int(exactly: try reader.number())
                if index == nil { throw EmbeddingsFault("an `index` that is no whole number") }
            case "embedding": vector = try reader.vector()
            default: try reader.skip()
            }
        }
        guard !vector.isEmpty, vector.allSatisfy(\.isFinite) else {
            throw EmbeddingsFault("an entry without numbers in `embedding`")
        }
        return (index, vector)
    }

    private mutating func vector() throws(EmbeddingsFault) -> [Float] {
        if bytes[at] == UInt8(ascii: "\"") {
            guard let vector = Base64Floats.decode(bytes[try string()]) else {
                throw EmbeddingsFault("an `embedding` that is neither numbers nor base64 of them")
            }
            return vector
        }
        var vector: [Float] = []
        try elements { reader throws(EmbeddingsFault) in
            guard vector.count < Self.mostNumbers else { throw EmbeddingsFault("a vector that does not end") }
            vector.append(try reader.number())
        }
        return vector
    }

    // MARK: JSON

    private func damaged() -> EmbeddingsFault { EmbeddingsFault("no whole JSON, at byte \(at)") }

    private mutating func space() {
        while bytes[at] == 0x20 || (0x09...0x0d).contains(bytes[at]) { at += 1 }
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        space()
        guard bytes[at] == byte else { return false }
        at += 1
        space()
        return true
    }

    private mutating func members(
        _ member: (String, inout EmbeddingsReader) throws(EmbeddingsFault) -> Void
    ) throws(EmbeddingsFault) {
        guard takes(UInt8(ascii: "{")) else { throw damaged() }
        if takes(UInt8(ascii: "}")) { return }
        repeat {
            let name = String(decoding: bytes[try string()], as: UTF8.self)
            guard takes(UInt8(ascii: ":")) else { throw damaged() }
            try member(name, &self)
        } while takes(UInt8(ascii: ","))
        guard takes(UInt8(ascii: "}")) else { throw damaged() }
    }

    private mutating func elements(
        _ element: (inout EmbeddingsReader) throws(EmbeddingsFault) -> Void
    ) throws(EmbeddingsFault) {
        guard takes(UInt8(ascii: "[")) else { throw damaged() }
        if takes(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while takes(UInt8(ascii: ","))
        guard takes(UInt8(ascii: "]")) else { throw damaged() }
    }

    /// The bytes between the quotes, escapes as they are: names and base64 that matter have none but `\/`.
    private mutating func string() throws(EmbeddingsFault) -> Range<Int> {
        guard bytes[at] == UInt8(ascii: "\"") else { throw damaged() }
        let start = at + 1
        at = start
        while bytes[at] != UInt8(ascii: "\"") {
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
            guard at < bytes.count else {
                at = bytes.count - 1
                throw damaged()
            }
        }
        at += 1
        return start..<(at - 1)
    }

    private mutating func number() throws(EmbeddingsFault) -> Float {
        guard bytes[at] == UInt8(ascii: "-") || (0x30...0x39).contains(bytes[at]) else { throw damaged() }
        let (value, length) = bytes.withUnsafeBytes { all -> (Float, Int) in
            guard let start = all.baseAddress?.assumingMemoryBound(to: CChar.self) else { return (0, 0) }
            var end: UnsafeMutablePointer<CChar>?
            let value = strtof(start + at, &end)
            return (value, end.map { UnsafePointer($0) - (start + at) } ?? 0)
        }
        guard length > 0 else { throw damaged() }
        at += length
        return value
    }

    /// Goes behind a value.
    private mutating func skip() throws(EmbeddingsFault) {
        var depth = 0
        repeat {
            space()
            switch bytes[at] {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw damaged() }
                at += 1
            case 0x2b, 0x2d, 0x2e, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: word()
            default: throw damaged()
            }
        } while depth > 0
        guard depth == 0 else { throw damaged() }
    }

    /// Goes behind a number, `true`, `false` or `null`.
    private mutating func word() {
        while true {
            switch bytes[at] {
            case 0x2b, 0x2d, 0x2e, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: at += 1
            default: return
            }
        }
    }
}
