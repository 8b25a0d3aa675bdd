internal import ArgumentParser
internal import Glibc

/// Lines of a file as they come, each as soon as it is whole, whatever their bytes.
struct InputLines {
    /// Longer lines are none that a client would send.
    private static let longest = 64 << 20

    private let file: CInt
    private var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    private var left: ArraySlice<UInt8> = []
    private var line: [UInt8] = []
    private var isOver = false

    init(_ file: CInt) { self.file = file }

    /// Without its end; nil after the last.
    mutating func next() throws -> [UInt8]? {
        while true {
            if let end = left.firstIndex(of: UInt8(ascii: "\n")) {
                line += left[..<end]
                left = left[(end + 1)...]
                return taken()
            }
            line += left
            left = []
            guard line.count <= Self.longest else {
                complain("standard input: a line is longer than 64 MiB; end texts with line feeds")
                throw ExitCode(1)
            }
            if isOver { return line.isEmpty ? nil : taken() }
            try fill()
        }
    }

    private mutating func taken() -> [UInt8] {
        var whole = line
        line.removeAll(keepingCapacity: true)
        if whole.last == UInt8(ascii: "\r") { whole.removeLast() }
        return whole
    }

    private mutating func fill() throws {
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let why = String(cString: strerror(errno)).lowercased()
                complain("standard input: cannot be read: \(why); give lines, or --text")
                throw ExitCode(1)
            }
            isOver = count == 0
            left = chunk[..<count]
            return
        }
    }
}
