import Glibc
import Telemetry

/// Standard output or standard error. A reader that stalls holds up the log thread alone; the queue before it is
/// bounded.
final class StreamOutput: LogOutput {
    private let descriptor: Int32
    var outage: Outage

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        outage = Outage(name: name)
    }

    var isBusy: Bool { false }

    func write(_ lines: UnsafeRawBufferPointer, level: LogLevel, now: LogClock) {
        let result = DescriptorWrite.all(lines, to: descriptor)
        if result.error == 0 {
            outage.worked()
        } else {
            let rest = UnsafeRawBufferPointer(rebasing: lines[result.written...])
            outage.failed(systemReason(result.error), losing: lineCount(rest))
        }
    }

    func tick(now: LogClock) {}
    func reopen() {}
    func close() {}
}

/// Writing all of some bytes to a descriptor.
enum DescriptorWrite {
    /// How much was written, and the error that ended it (0: all was).
    static func all(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> (written: Int, error: Int32) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count > 0 {
                written += count
                continue
            }
            let error = count < 0 ? errno : EIO
            if error == EINTR { continue }
            if error == EAGAIN {
                // Another process may have made the terminal non-blocking; a second is the most a line waits for it.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&ready, 1, 1000) > 0 { continue }
            }
            return (written, error)
        }
        return (written, 0)
    }
}
