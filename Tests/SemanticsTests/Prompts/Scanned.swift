import Semantics

/// A body taken in pieces of one size.
func scanned(_ body: String, piece: Int = .max, paths: [PromptPath] = PromptPath.standard, limit: Int = 65536)
    -> PromptScanner
{
    scanned(Array(body.utf8), piece: piece, paths: paths, limit: limit)
}

func scanned(_ bytes: [UInt8], piece: Int = .max, paths: [PromptPath] = PromptPath.standard, limit: Int = 65536)
    -> PromptScanner
{
    var scanner = PromptScanner(paths: paths, textLimit: limit)
    var start = 0
    while start < bytes.count {
        let end = piece == .max ? bytes.count : min(bytes.count, start + piece)
        bytes[start..<end].withUnsafeBytes { scanner.take($0) }
        start = end
    }
    return scanner
}

extension PromptScanner {
    var words: String { String(decoding: text(), as: UTF8.self) }
}

let pieces = [1, 2, 3, 7, 16, Int.max]
