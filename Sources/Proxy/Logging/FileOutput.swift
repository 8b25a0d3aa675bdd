import Glibc
import Settings
package import Telemetry

/// A file that is put aside when it has reached its size, and opened anew when something else moved it away.
package final class FileOutput: LogOutput {
    private static let second: Int64 = 1_000_000_000

    private let path: String
    private let maxSize: Int
    private let backups: LogBackups
    package var outage: Outage

    private var descriptor: Int32 = -1
    private var size = 0
    private var identity: (device: UInt, inode: UInt) = (0, 0)
    /// A write ended within a line (full disk); the next one begins with a line end.
    private var endsWithinLine = false
    /// When the next attempt to open, the next look at the path, and the next attempt to put aside are due.
    private var nextOpen = Int64.min
    private var nextLook = Int64.min
    private var nextRotation = Int64.min

    package init(path: String, _ settings: OutputSettings) {
        self.path = Self.expanded(path)
        maxSize = settings.maxSize.bytes
        backups = LogBackups(path: self.path, kept: settings.maxBackups, compress: settings.compress)
        outage = Outage(name: "file \(self.path)")
    }

    deinit { close() }

    package var isBusy: Bool { backups.isCompressing }

    package func write(_ lines: UnsafeRawBufferPointer, level: LogLevel, now: LogClock) {
        var rest = lines
        while !rest.isEmpty {
            guard isOpen(now) else { return outage.lose(lineCount(rest)) }
            var count = fitting(rest)
            if count == 0 {
                if rotate(now) { continue }
                count = rest.count
            }
            writePiece(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    package func tick(now: LogClock) {
        backups.step()
        guard now.monotonic >= nextLook else { return }
        nextLook = now.monotonic + Self.second
        guard isOpen(now) else { return }
        var seen = stat()
        guard stat(path, &seen) == 0, UInt(seen.st_dev) == identity.device, UInt(seen.st_ino) == identity.inode else {
            reopen()
            _ = isOpen(now)
            return
        }
        // A file that was emptied in place is short again; O_APPEND writes at its end.
        size = Int(seen.st_size)
    }

    package func reopen() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        nextOpen = Int64.min
    }

    package func close() {
        reopen()
        backups.cancel()
    }

    /// How many bytes of whole lines still fit; 0 when the file is to be put aside first. A line that is larger than
    /// the size gets a file of its own.
    private func fitting(_ lines: UnsafeRawBufferPointer) -> Int {
        guard maxSize > 0, size + lines.count > maxSize else { return lines.count }
        var end = min(max(maxSize - size, 0), lines.count)
        while end > 0 && lines[end - 1] != UInt8(ascii: "\n") { end -= 1 }
        if end > 0 || size > 0 { return end }
        while end < lines.count && lines[end] != UInt8(ascii: "\n") { end += 1 }
        return min(end + 1, lines.count)
    }

    private func writePiece(_ piece: UnsafeRawBufferPointer) {
        if endsWithinLine {
            let lineEnd: StaticString = "\n"
            let result = DescriptorWrite.all(UnsafeRawBufferPointer(start: lineEnd.utf8Start, count: 1), to: descriptor)
            guard result.error == 0 else {
                return outage.failed(reason(result.error), losing: lineCount(piece))
            }
            size += 1
            endsWithinLine = false
        }
        let result = DescriptorWrite.all(piece, to: descriptor)
        size += result.written
        guard result.error != 0 else { return outage.worked() }
        endsWithinLine = result.written > 0 && piece[result.written - 1] != UInt8(ascii: "\n")
        let rest = UnsafeRawBufferPointer(rebasing: piece[result.written...])
        outage.failed(reason(result.error), losing: lineCount(rest))
    }

    private func reason(_ error: Int32) -> String {
        switch error {
        case ENOSPC, EDQUOT: "cannot write: \(systemReason(error)); free some space, or lower maxSize and maxBackups"
        default: "cannot write: \(systemReason(error))"
        }
    }

    private func isOpen(_ now: LogClock) -> Bool {
        if descriptor >= 0 { return true }
        guard now.monotonic >= nextOpen else { return false }
        nextOpen = now.monotonic + Self.second
        var opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o640)
        if opened < 0 && errno == ENOENT {
            Self.makeFolders(of: path)
            opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o640)
        }
        guard opened >= 0 else {
            outage.failed("cannot open: \(systemReason(errno)); expected a file that this user may write")
            return false
        }
        var seen = stat()
        _ = fstat(opened, &seen)
        descriptor = opened
        size = Int(seen.st_size)
        identity = (UInt(seen.st_dev), UInt(seen.st_ino))
        endsWithinLine = false
        nextLook = now.monotonic + Self.second
        backups.look()
        return true
    }

    /// Puts the file aside and opens a new one; false when that cannot be done now.
    private func rotate(_ now: LogClock) -> Bool {
        guard now.monotonic >= nextRotation else { return false }
        if let error = backups.putAside() {
            nextRotation = now.monotonic + 60 * Self.second
            outage.failed("cannot be put aside: \(systemReason(error)); it grows beyond its maxSize")
            outage.worked()
            return false
        }
        reopen()
        return isOpen(now)
    }

    /// `~/` is the home of the user that runs the proxy.
    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst()
    }

    /// Makes the folders above a path, as far as they are missing.
    private static func makeFolders(of path: String) {
        var index = path.startIndex
        while let slash = path[index...].dropFirst().firstIndex(of: "/") {
            _ = mkdir(String(path[..<slash]), 0o755)
            index = slash
        }
    }
}
