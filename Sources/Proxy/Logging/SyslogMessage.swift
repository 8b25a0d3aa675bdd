import Glibc
import Telemetry

/// Messages of RFC 5424, made of lines.
struct SyslogMessage: ~Copyable {
    /// Facility `local0` (RFC 5424, section 6.2.1).
    static let facility = 16
    /// A line beyond this is cut: it still fits one datagram.
    static let maxLine = 60_000

    private var clock = ClockText()
    /// ` HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA `, the same in every message.
    private let origin: [UInt8]
    private var message = LineBuffer(capacity: 1024)

    init(host: String, process: Int32) {
        // PRINTUSASCII, at most 255.
        let name = host.utf8.filter { $0 > 0x20 && $0 < 0x7F }.prefix(255)
        let shown = name.isEmpty ? "-" : String(decoding: Array(name), as: UTF8.self)
        origin = Array(" \(shown) clawproxy \(process) - - ".utf8)
    }

    /// Makes the message of one line (without its end); the bytes are valid until the next call.
    mutating func make(_ line: UnsafeRawBufferPointer, level: LogLevel, now: LogClock) {
        message.removeAll()
        message.append(byte: UInt8(ascii: "<"))
        message.append(decimal: Self.facility * 8 + level.severity)
        message.append(">1 ")
        clock.append(unixMilliseconds: now.unixMilliseconds, to: &message)
        message.append(origin)
        message.append(UnsafeRawBufferPointer(rebasing: line.prefix(Self.maxLine)))
    }

    var bytes: UnsafeRawBufferPointer { message.bytes }

    static func localHost() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { name in
            guard let start = name.baseAddress, gethostname(start, name.count - 1) == 0 else { return "-" }
            name[name.count - 1] = 0
            return String(cString: start)
        }
    }
}
