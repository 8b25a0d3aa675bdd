/// Writes access lines, one JSON object a line, straight into a loop's buffer.
///
/// One a loop. Names of routes, agents and errors are kept escaped, so that a line costs copies and digits; nothing
/// is allocated but the buffer's own growth.
package struct AccessLine: ~Copyable {
    private var clock = ClockText()
    private var routes: EscapedNames
    private var agents: EscapedNames
    private var errors: EscapedNames

    package init(labels: CounterLabels) {
        routes = EscapedNames(labels.routes)
        agents = EscapedNames(labels.agents)
        errors = EscapedNames(labels.errorKinds)
    }

    /// Takes the names that a new generation has appended.
    package mutating func adopt(_ labels: CounterLabels) {
        routes.extend(to: labels.routes)
        agents.extend(to: labels.agents)
    }

    /// Appends one line with its end.
    package mutating func append(_ facts: borrowing AccessFacts, to buffer: inout LineBuffer) {
        buffer.append("{\"time\":\"")
        clock.append(unixMilliseconds: facts.unixMilliseconds, to: &buffer)
        buffer.append("\",\"level\":\"info\",\"message\":\"request\"")
        Self.append(",\"client\":\"", facts.client, to: &buffer)
        Self.append(",\"method\":\"", facts.method, to: &buffer)
        Self.append(",\"path\":\"", facts.path, to: &buffer)
        buffer.append(",\"protocol\":\"")
        buffer.append(facts.protocolName)
        if facts.tls.utf8CodeUnitCount > 0 {
            buffer.append("\",\"tls\":\"")
            buffer.append(facts.tls)
        }
        buffer.append("\",\"status\":")
        buffer.append(decimal: facts.status)
        buffer.append(",\"bytes_in\":")
        buffer.append(decimal: facts.bytesIn)
        buffer.append(",\"bytes_out\":")
        buffer.append(decimal: facts.bytesOut)
        buffer.append(",\"duration_ms\":")
        buffer.append(milliseconds: facts.nanoseconds)
        routes.append(",\"route\":\"", facts.route, to: &buffer)
        agents.append(",\"agent\":\"", facts.agent, to: &buffer)
        buffer.append(",\"attempts\":")
        buffer.append(decimal: facts.attempts)
        Self.append(",\"request_id\":\"", facts.requestID, to: &buffer)
        Self.append(",\"tenant\":\"", facts.tenant, to: &buffer)
        Self.append(",\"credential\":\"", facts.credential, to: &buffer)
        if facts.cache.utf8CodeUnitCount > 0 {
            buffer.append(",\"cache\":\"")
            buffer.append(facts.cache)
            buffer.append(byte: UInt8(ascii: "\""))
        }
        errors.append(",\"error\":\"", facts.error, to: &buffer)
        buffer.append("}\n")
    }

    private static func append(_ key: StaticString, _ value: UnsafeRawBufferPointer, to buffer: inout LineBuffer) {
        guard value.count > 0 else { return }
        buffer.append(key)
        JSONText.append(value, to: &buffer)
        buffer.append(byte: UInt8(ascii: "\""))
    }
}

/// A list of names in JSON form in one memory, found by index.
private struct EscapedNames: ~Copyable {
    private var text = LineBuffer(capacity: 64)
    /// Where each name ends; it begins where the one before ends.
    private var ends: [Int] = []

    init(_ names: [String]) { extend(to: names) }

    /// Takes up the names that were appended since; those before are the same.
    mutating func extend(to names: [String]) {
        for name in names.dropFirst(ends.count) {
            JSONText.append(name, to: &text)
            ends.append(text.count)
        }
    }

    /// Appends key, name and closing quote; nothing for an index that names nobody.
    func append(_ key: StaticString, _ index: Int, to buffer: inout LineBuffer) {
        guard index >= 0 && index < ends.count else { return }
        buffer.append(key)
        buffer.append(UnsafeRawBufferPointer(rebasing: text.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]))
        buffer.append(byte: UInt8(ascii: "\""))
    }
}
