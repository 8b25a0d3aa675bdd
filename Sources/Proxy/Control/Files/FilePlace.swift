internal import Glibc

/// Where a file really is: links at its path followed, even when there is nothing at their end yet; and what belongs
/// beside it.
struct FilePlace: Equatable {
    let folder: String
    let name: String

    /// Links that are followed one after the other, as Linux does it (path_resolution(7)).
    private static let mostLinks = 40
    private static let ending = ".new"
    private static let digits = 16

    init(_ path: String) {
        var path = path
        for _ in 0..<Self.mostLinks {
            guard let link = Self.link(at: path) else { break }
            path = link.hasPrefix("/") ? link : Self.joined(Self.split(path).folder, link)
        }
        (folder, name) = Self.split(path)
    }

    var path: String { Self.joined(folder, name) }

    /// Versions of the file, the lock, and changes that wait for their outcome.
    var history: String { Self.joined(folder, ".\(name).history") }

    var lock: String { history + "/lock" }

    /// A new name in the same folder, from which a rename puts a file in its place.
    var temporary: String { Self.temporary(folder, name) }

    static func temporary(_ folder: String, _ name: String) -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let padding = String(repeating: "0", count: digits - number.utf8.count)
        return joined(folder, ".\(name).\(padding)\(number)\(ending)")
    }

    /// Whether a name is such a temporary one: of the file called `name`, or of any.
    static func isTemporary(_ candidate: String, of name: String? = nil) -> Bool {
        guard candidate.hasPrefix("."), candidate.hasSuffix(ending) else { return false }
        let stem = candidate.dropLast(ending.count)
        guard let dot = stem.lastIndex(of: "."), dot > stem.startIndex else { return false }
        let number = stem[stem.index(after: dot)...]
        guard number.utf8.count == digits, number.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return false }
        return name.map { stem[..<dot] == ".\($0)" } ?? true
    }

    /// The text of the link at a path; nil where there is none.
    static func link(at path: String) -> String? {
        var text = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = text.withUnsafeMutableBytes { bytes -> Int in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
            return readlink(path, start, bytes.count)
        }
        return count > 0 ? String(decoding: text[..<count], as: UTF8.self) : nil
    }

    static func joined(_ folder: String, _ name: String) -> String {
        folder == "." ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// `/a/b` is `b` in `/a`; `b` alone is in `.`.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        var folder = path[..<slash]
        while folder.last == "/" { folder.removeLast() }
        return (folder.isEmpty ? "/" : String(folder), name)
    }
}
