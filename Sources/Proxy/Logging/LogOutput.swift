package import Telemetry

/// One place where lines go. Called by the log thread only; nothing here may wait for long.
///
/// To add a kind of output: a class of this protocol, its case in `OutputKind`, and a line in `LogOutputs.make`.
package protocol LogOutput: AnyObject {
    /// Writes whole lines, or counts them as lost in `outage`.
    func write(_ lines: UnsafeRawBufferPointer, level: LogLevel, now: LogClock)
    /// Called at least once a second, and every 20 ms while `isBusy`.
    func tick(now: LogClock)
    /// Something goes on that needs ticks soon: a connection being made, a file being compressed, unsent bytes.
    var isBusy: Bool { get }
    /// Bytes wait that were accepted but not yet sent.
    var hasUnsent: Bool { get }
    /// What was moved away is opened anew.
    func reopen()
    func close()
    var outage: Outage { get set }
}

extension LogOutput {
    package var hasUnsent: Bool { false }
}

/// Whether an output works, and what was lost while it did not.
///
/// - working: `failed` leads to down.
/// - down: `worked` leads to working.
///
/// Each event returns what is to be told once, so that a dead output is one line and not one a request.
package struct Outage {
    private enum State {
        case working
        case down(reason: String)
    }

    /// What messages call the output: `file /var/log/gateway.log`.
    package let name: String
    /// Lines lost since the output was made.
    package private(set) var lost = 0
    private var state = State.working
    private(set) var notices: [String] = []

    package init(name: String) {
        self.name = name
    }

    package var isDown: Bool {
        if case .down = state { return true }
        return false
    }

    package mutating func failed(_ reason: String, losing lines: Int = 0) {
        lost += lines
        if case .down(let before) = state, before == reason { return }
        state = .down(reason: reason)
        notices.append("log output: \(name): \(reason): its lines are lost until it works again")
    }

    package mutating func worked() {
        guard isDown else { return }
        state = .working
        notices.append("log output: \(name): works again")
    }

    package mutating func lose(_ lines: Int) {
        lost += lines
    }

    /// What is to be told on standard error; empty when nothing has changed.
    package mutating func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }
}

/// The number of line ends.
func lineCount(_ bytes: UnsafeRawBufferPointer) -> Int {
    var count = 0
    for byte in bytes where byte == UInt8(ascii: "\n") { count += 1 }
    return count
}
