import Glibc
import Settings

/// The shared cases, by path: beside the checkout, or where CLAWPROXY_SHARED says.
enum Corpora {
    static let root: String = {
        if let given = getenv("CLAWPROXY_SHARED") { return String(cString: given) }
        // .../Tests/SettingsTests/Corpora.swift
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/../shared"
    }()

    static func path(_ name: String) -> String { "\(root)/corpora/config/\(name)" }

    /// A file that must be there: without its cases a test proves nothing.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let bytes = contents(path) else { throw Missing(path: path) }
        return bytes
    }

    static func contents(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path): no such file; set CLAWPROXY_SHARED to the folder of shared cases" }
    }

    /// One case of a `.jsonl` file of accepted and rejected texts.
    struct Verdict: Sendable {
        let name: String
        let isAccepted: Bool
        let raw: [UInt8]
    }

    static func verdicts(_ name: String) throws -> [Verdict] {
        try bytes(path(name)).split(separator: UInt8(ascii: "\n")).map { line in
            let row = try JSONReader.read(Array(line), source: name, dialect: .strict)
            guard let title = row["name"]?.string, let expect = row["expect"]?.string, let raw = row["raw"]?.string,
                let bytes = Base64.decode(raw)
            else { throw Missing(path: "a row of \(name)") }
            return Verdict(name: title, isAccepted: expect == "accept", raw: bytes)
        }
    }

    static func rows(_ name: String) throws -> [Node] {
        try JSONReader.read(bytes(path(name)), source: name, dialect: .strict).elements ?? []
    }
}

enum Base64 {
    /// RFC 4648 section 4; nil for anything else.
    static func decode(_ text: String) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits = 0
        var held = 0
        for letter in text.utf8 where letter != UInt8(ascii: "=") {
            guard let value = alphabet.firstIndex(of: letter) else { return nil }
            held = held << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(held >> bits & 0xFF))
            }
        }
        return bytes
    }
}

/// A small generator whose seed can be printed: SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
