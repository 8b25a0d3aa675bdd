import Glibc
package import Telemetry

/// A syslog server: RFC 5424 messages over TCP (octet counting, RFC 6587), UDP or a unix socket.
///
/// The socket never blocks. Over a stream, what it does not take waits in `unsent`, up to a bound; messages beyond it
/// are lost and counted. States of the connection:
/// - idle: nothing is open; when `nextAttempt` is due and there is something to send -> connecting;
/// - connecting: -> open when the socket is writable, -> idle on an error or after three seconds;
/// - open: -> idle on an error or when the server closes.
package final class SyslogOutput: LogOutput {
    private enum State {
        case idle
        case connecting(deadline: Int64)
        case open
    }

    /// Where a message stands in `unsent`: behind its length, which a datagram leaves out.
    private struct Framed {
        var body: Int
        var end: Int
    }

    private static let second: Int64 = 1_000_000_000
    private static let maxUnsent = 1 << 20

    private let target: SyslogTarget
    private var socket: LogSocket?
    private var state = State.idle
    private var addresses: [LogAddress] = []
    private var nextAttempt = Int64.min
    private var wait: Int64 = 0
    private var message: SyslogMessage
    private var unsent = LineBuffer(capacity: 4096)
    /// The messages in `unsent`, and how much of it the socket has taken.
    private var framed: [Framed] = []
    private var sent = 0
    /// Why the first of a name's addresses failed; told when all of them have.
    private var reason: String?
    package var outage: Outage

    package init(target: SyslogTarget) {
        self.target = target
        message = SyslogMessage(host: SyslogMessage.localHost(), process: getpid())
        switch target {
        case .tcp(let host, let port): outage = Outage(name: "syslog tcp \(host):\(port)")
        case .udp(let host, let port): outage = Outage(name: "syslog udp \(host):\(port)")
        case .unix(let path): outage = Outage(name: "syslog unix \(path)")
        }
    }

    deinit { close() }

    package var isBusy: Bool {
        if case .connecting = state { return true }
        return !unsent.isEmpty
    }

    package var hasUnsent: Bool { !unsent.isEmpty }

    package func write(_ lines: UnsafeRawBufferPointer, level: LogLevel, now: LogClock) {
        var start = 0
        for index in 0..<lines.count where lines[index] == UInt8(ascii: "\n") {
            if index > start { add(UnsafeRawBufferPointer(rebasing: lines[start..<index]), level, now) }
            start = index + 1
        }
        tick(now: now)
    }

    package func tick(now: LogClock) {
        switch state {
        case .idle:
            if !unsent.isEmpty && now.monotonic >= nextAttempt { connect(now) }
        case .connecting(let deadline):
            guard let socket else { return }
            switch socket.connectResult() {
            case nil:
                if now.monotonic >= deadline { failed("no connection within 3 s", now) }
            case 0?: opened(now)
            case let error?: failed(systemReason(error), now)
            }
        case .open:
            if socket?.isClosedByPeer() == true {
                failed("the server closed the connection", now)
            } else {
                send(now)
            }
        }
    }

    package func reopen() {
        drop()
        nextAttempt = Int64.min
    }

    package func close() {
        drop()
        outage.lose(framed.count)
        unsent.removeAll()
        framed = []
        sent = 0
    }

    private func add(_ line: UnsafeRawBufferPointer, _ level: LogLevel, _ now: LogClock) {
        message.make(line, level: level, now: now)
        guard unsent.count + message.bytes.count + 24 <= Self.maxUnsent else { return outage.lose(1) }
        unsent.append(decimal: message.bytes.count)
        unsent.append(byte: UInt8(ascii: " "))
        let body = unsent.count
        unsent.append(message.bytes)
        framed.append(Framed(body: body, end: unsent.count))
    }

    private func connect(_ now: LogClock) {
        if addresses.isEmpty { addresses = LogAddress.resolve(target) }
        guard !addresses.isEmpty else { return failed("no address for that name", now) }
        let address = addresses.removeFirst()
        guard let socket = LogSocket(address) else { return failed(systemReason(errno), now) }
        self.socket = socket
        switch socket.connect() {
        case 0: opened(now)
        case EINPROGRESS: state = .connecting(deadline: now.monotonic + 3 * Self.second)
        case let error: failed(systemReason(error), now)
        }
    }

    private func opened(_ now: LogClock) {
        state = .open
        send(now)
    }

    private func send(_ now: LogClock) {
        guard let socket else { return }
        let error = socket.isStream ? sendStream(socket) : sendDatagrams(socket)
        if error != 0 && error != EAGAIN { return failed(systemReason(error), now) }
        if sent > 0 {
            wait = 0
            addresses = []
            reason = nil
            outage.worked()
        }
        // The memory of a part is kept until all of it is sent.
        guard sent == unsent.count else { return }
        unsent.removeAll()
        framed.removeAll(keepingCapacity: true)
        sent = 0
    }

    private func sendStream(_ socket: LogSocket) -> Int32 {
        while sent < unsent.count {
            let result = socket.send(UnsafeRawBufferPointer(rebasing: unsent.bytes[sent...]))
            if result < 0 { return Int32(-result) }
            sent += result
        }
        return 0
    }

    private func sendDatagrams(_ socket: LogSocket) -> Int32 {
        for place in framed where place.end > sent {
            let result = socket.send(UnsafeRawBufferPointer(rebasing: unsent.bytes[place.body..<place.end]))
            if result == -Int(EMSGSIZE) {
                // Too large for this server, now and later.
                outage.lose(1)
            } else if result < 0 {
                return Int32(-result)
            }
            sent = place.end
        }
        return 0
    }

    /// Closes, keeps the messages that were not wholly sent, and waits longer before the next attempt: 1 s to 30 s.
    /// While a name has further addresses, the next of them is tried at once.
    private func failed(_ reason: String, _ now: LogClock) {
        drop()
        let whole = framed.last { $0.end <= sent }?.end ?? 0
        if whole > 0 {
            let rest = Array(unsent.bytes[whole...])
            framed = framed.filter { $0.end > whole }.map { Framed(body: $0.body - whole, end: $0.end - whole) }
            unsent.removeAll()
            unsent.append(rest)
        }
        sent = 0
        self.reason = self.reason ?? reason
        if !addresses.isEmpty {
            nextAttempt = now.monotonic
            return
        }
        wait = min(max(wait * 2, Self.second), 30 * Self.second)
        nextAttempt = now.monotonic + wait
        outage.failed("\(self.reason ?? reason); expected a syslog server there")
        self.reason = nil
    }

    private func drop() {
        socket?.close()
        socket = nil
        state = .idle
    }
}
