/// The head of an agent's answer, held to the same rules as a request's. It owns its memory and is used again; slices are
/// valid until the next `reset`.
package final class ResponseHead {
    package let lines = HeadLines()
    package private(set) var status = 0
    package private(set) var isOld = false
    package private(set) var framing = Framing.none
    /// The agent keeps the connection open after this answer.
    package private(set) var keepsAlive = true
    package private(set) var namesFields = false
    package private(set) var isUpgrade = false
    package private(set) var upgradeField = -1
    package private(set) var contentTypeField = -1
    /// The first `endpoint-load-metrics`, or -1.
    package private(set) var loadMetricsField = -1
    package private(set) var hasDate = false
    /// Seconds that `Keep-Alive: timeout=N` states, or -1.
    package private(set) var keepAliveSeconds = -1
    private var reasonStart: UInt32 = 0
    private var reasonEnd: UInt32 = 0

    package init() {}

    package func reset() {
        lines.reset()
        status = 0
        isOld = false
        reasonStart = 0
        reasonEnd = 0
        framing = .none
        keepsAlive = true
        namesFields = false
        isUpgrade = false
        upgradeField = -1
        contentTypeField = -1
        loadMetricsField = -1
        hasDate = false
        keepAliveSeconds = -1
    }

    package var reason: UnsafeRawBufferPointer { lines.slice(reasonStart, reasonEnd) }
    /// 1xx but for 101, which ends HTTP on the connection.
    package var isInterim: Bool { status < 200 && status != 101 }
    package var isEventStream: Bool {
        contentTypeField >= 0 && lines.value(lines.fields[contentTypeField]).isPrefixedCaseless("text/event-stream")
    }

    package func first(_ id: FieldName) -> UnsafeRawBufferPointer? {
        for at in 0..<lines.fieldCount where lines.fields[at].id == id { return lines.value(lines.fields[at]) }
        return nil
    }

    package func first(named lowercased: String) -> UnsafeRawBufferPointer? {
        var name = lowercased
        return name.withUTF8 { wanted in
            for at in 0..<lines.fieldCount where lines.name(lines.fields[at]).isCaseless(UnsafeRawBufferPointer(wanted))
            {
                return lines.value(lines.fields[at])
            }
            return nil
        }
    }

    /// Takes the next bytes. `toHead`: the request was HEAD, so no body follows (RFC 9112 6.3).
    package func take(_ bytes: UnsafeRawBufferPointer, toHead: Bool, limits: WireLimits) -> HeadLines.Step {
        let step = lines.take(bytes, limits: limits) { line in startLine(line) }
        guard case .complete = step else { return step }
        if let failure = finish(toHead) { return .failed(failure) }
        return step
    }

    /// `HTTP/1.x SP STATUS [SP REASON]`; the blank before an absent reason may be missing, as many servers have it.
    private func startLine(_ line: UnsafeRawBufferPointer) -> WireFailure? {
        guard line.count >= 12, lines.startLineStart == 0 else { return .statusLine }
        switch line.loadUnaligned(fromByteOffset: 0, as: UInt64.self) {
        case 0x312e_312f_5054_5448: isOld = false
        case 0x302e_312f_5054_5448: isOld = true
        default: return .version
        }
        guard line[8] == 0x20 else { return .statusLine }
        guard ByteClass.isDigit(line[9]), ByteClass.isDigit(line[10]), ByteClass.isDigit(line[11]) else {
            return .status
        }
        status = Int(line[9] &- 0x30) &* 100 &+ Int(line[10] &- 0x30) &* 10 &+ Int(line[11] &- 0x30)
        guard status >= 100, status < 600 else { return .status }
        guard line.count == 12 || line[12] == 0x20 else { return .statusLine }
        let start = min(13, line.count)
        if ByteClass.hasControl(line.baseAddress! + start, line.count &- start) { return .statusLine }
        reasonStart = UInt32(start)
        reasonEnd = UInt32(line.count)
        return nil
    }

    private func finish(_ toHead: Bool) -> WireFailure? {
        var framingFields = FramingFields()
        var options = ConnectionOptions()
        for at in 0..<lines.fieldCount {
            switch lines.fields[at].id {
            case .other: continue
            case .contentLength: framingFields.contentLength(lines.value(lines.fields[at]))
            case .transferEncoding: framingFields.transferEncoding(lines.value(lines.fields[at]))
            case .connection: options.read(lines.value(lines.fields[at]))
            case .upgrade: upgradeField = at
            case .contentType: contentTypeField = at
            case .date: hasDate = true
            case .loadMetrics: if loadMetricsField < 0 { loadMetricsField = at }
            case .keepAlive: keepAliveSeconds = Self.timeout(lines.value(lines.fields[at]))
            default: continue
            }
        }
        keepsAlive = isOld ? options.contains(.keepAlive) && !options.contains(.close) : !options.contains(.close)
        namesFields = options.contains(.names)
        isUpgrade = status == 101
        if isUpgrade, !(options.contains(.upgrade) && upgradeField >= 0) { return .statusLine }
        let bodiless = toHead || status < 200 || status == 204 || status == 304
        switch framingFields.framing(isOld: isOld, whenAbsent: .untilClose) {
        case .success(let value): framing = bodiless ? .none : value
        case .failure(let failure): return failure
        }
        if framing == .untilClose { keepsAlive = false }
        return nil
    }

    /// The `timeout` parameter of `Keep-Alive`, in seconds.
    private static func timeout(_ value: UnsafeRawBufferPointer) -> Int {
        var seconds = -1
        value.forEachListMember { member in
            guard member.isPrefixedCaseless("timeout=") else { return }
            seconds = FramingFields.decimal(UnsafeRawBufferPointer(rebasing: member[8...])) ?? seconds
        }
        return seconds
    }
}
