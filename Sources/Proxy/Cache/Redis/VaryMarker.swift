/// What stands in Redis under the name of answers that vary: the request fields that tell them apart, and a number that
/// is part of the names of the answers. Who removes the marker makes all of them unreachable, and none of them comes
/// back when another marker is made.
package struct VaryMarker: Sendable, Equatable {
    private static let magic: [UInt8] = Array("CPVary1\n".utf8)
    private static let mostNames = 64

    package var generation: UInt64
    /// Lower case, sorted.
    package var names: [[UInt8]]

    package init(generation: UInt64, names: [[UInt8]]) {
        self.generation = generation
        self.names = names
    }

    /// `CPVary1`, the number, the names, each on a line.
    package var bytes: [UInt8] {
        names.reduce(Self.magic + Array("\(String(generation, radix: 16))\n".utf8)) { $0 + $1 + [UInt8(ascii: "\n")] }
    }

    /// Nil for what is no marker, or a damaged one.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.starts(with: Self.magic) else { return nil }
        let lines = bytes.dropFirst(Self.magic.count).split(
            separator: UInt8(ascii: "\n"), maxSplits: Self.mostNames + 1, omittingEmptySubsequences: false)
        guard lines.count > 2, lines.last?.isEmpty == true,
            let generation = UInt64(String(decoding: lines[0], as: UTF8.self), radix: 16)
        else { return nil }
        self.generation = generation
        names = lines[1..<(lines.count - 1)].map { Array($0) }
        if names.contains([]) { return nil }
    }
}
