internal import ArgumentParser
internal import Glibc

/// Text that a command is given: a file, or standard input.
enum InputText {
    /// As much as a configuration may have.
    private static let mostBytes = 64 << 20

    /// `-` is standard input. Nothing but blanks is refused: what should have written it has failed.
    static func read(_ path: String) throws -> String {
        let text = try content(path)
        guard text.utf8.contains(where: { $0 > 0x20 }) else {
            complain("\(name(path)): there is nothing in it; nothing was done")
            throw ExitCode(1)
        }
        return text
    }

    /// The same, empty or not.
    static func content(_ path: String) throws -> String {
        let name = name(path)
        let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(name, String(cString: strerror(errno)).lowercased()) }
        defer { if path != "-" { close(file) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(name, String(cString: strerror(errno)).lowercased()) }
            if count == 0 { break }
            bytes += chunk[..<count]
            if bytes.count > mostBytes { throw unreadable(name, "larger than 64 MiB") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw unreadable(name, "expected text in UTF-8")
        }
        return text
    }

    private static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

    private static func unreadable(_ name: String, _ why: String) -> ExitCode {
        complain("\(name): cannot be read: \(why); name a file that can be, or - for standard input")
        return ExitCode(1)
    }
}
