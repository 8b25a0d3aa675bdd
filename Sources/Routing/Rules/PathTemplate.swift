internal import Settings

/// A path in which `$1` to `$9` stand for what the groups of a regular expression found.
struct PathTemplate: Sendable, Equatable {
    enum Piece: Sendable, Equatable {
        case text([UInt8])
        /// From 1.
        case group(Int)
    }

    private(set) var pieces: [Piece] = []

    /// Reads `/v2/$1/x`; `$$` is a dollar sign.
    init(_ text: String) throws(PathPattern.Fault) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw PathPattern.Fault(message: "expected a path that begins with '/'; write \(Quoted.quote("/" + text))")
        }
        if text.contains("?") || text.contains("#") {
            throw PathPattern.Fault(message: "a path ends before '?' and '#'; the query stays as it is")
        }
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "$" else {
                literal.append(character)
                continue
            }
            let next = rest.popFirst()
            if next == "$" {
                literal.append("$")
            } else if let next, let number = next.wholeNumberValue, (1...9).contains(number), next.isASCII {
                take(&literal)
                pieces.append(.group(number))
            } else {
                throw PathPattern.Fault(
                    message: "'$' is not followed by a digit from 1 to 9; write '$$' for the sign itself")
            }
        }
        take(&literal)
    }

    private mutating func take(_ literal: inout String) {
        if !literal.isEmpty { pieces.append(.text(PathPattern.escaped(literal))) }
        literal = ""
    }

    /// The highest group that is named, or 0.
    var highestGroup: Int {
        pieces.reduce(0) { highest, piece in
            if case .group(let number) = piece { max(highest, number) } else { highest }
        }
    }

    /// The path with the groups put in. `groups` counts from the whole match at 0.
    func filled(_ path: UnsafeRawBufferPointer, _ groups: [Range<Int>]) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): bytes.append(contentsOf: text)
            case .group(let number): if number < groups.count { bytes.append(contentsOf: path[groups[number]]) }
            }
        }
        return bytes
    }
}
