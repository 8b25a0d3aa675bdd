import Wire

/// Text given to the parsers in one piece, as tests write it.
enum Wires {
    /// The head that this text is, or the rule that it breaks; nil when it is not whole.
    ///
    /// The head is never freed: its slices are valid as long as it is, and a test may look at them after its last use.
    static func request(_ text: String, limits: WireLimits = WireLimits()) -> Result<RequestHead, WireFailure>? {
        let head = Unmanaged.passRetained(RequestHead()).takeUnretainedValue()
        switch bytes(text).withUnsafeBytes({ head.take($0, limits: limits) }) {
        case .more: return nil
        case .complete: return .success(head)
        case .failed(let failure): return .failure(failure)
        }
    }

    static func answer(
        _ text: String, toHead: Bool = false, limits: WireLimits = WireLimits()
    ) -> Result<ResponseHead, WireFailure>? {
        let head = Unmanaged.passRetained(ResponseHead()).takeUnretainedValue()
        switch bytes(text).withUnsafeBytes({ head.take($0, toHead: toHead, limits: limits) }) {
        case .more: return nil
        case .complete: return .success(head)
        case .failed(let failure): return .failure(failure)
        }
    }

    /// One byte a scalar: `\u{e9}` is the byte 0xE9, not its UTF-8.
    static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

    /// What goes on of the fields of a head.
    static func forwarded(_ lines: HeadLines, _ dropping: Dropping, namesFields: Bool) -> String {
        written(atMost: lines.count + 16) { sink in
            lines.copyFields(into: &sink, dropping: dropping, namesFields: namesFields)
        }
    }

    static func written(atMost count: Int, _ body: (inout HeadSink) -> Void) -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 64, alignment: 16)
        defer { memory.deallocate() }
        // nothing may be written beyond what was promised
        for at in 0..<memory.count { memory[at] = 0xa5 }
        guard let start = memory.baseAddress else { return "" }
        var sink = HeadSink(start)
        body(&sink)
        let length = sink.at - start
        guard length <= count, memory[count...].allSatisfy({ $0 == 0xa5 }) else {
            return "overrun: \(length) of \(count)"
        }
        return String(decoding: memory[..<length], as: UTF8.self)
    }
}

extension Result {
    var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
    var value: Success? { if case .success(let value) = self { value } else { nil } }
}
