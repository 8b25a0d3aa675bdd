#if canImport(Wire)
    internal import Wire
#endif

/// Feeds bytes to the parsers as a connection does, and writes down what came out: the same for any split of the input.
struct WireDriver {
    enum Side { case requests, answers }

    private let side: Side
    private let limits = WireLimits()
    private let request = RequestHead()
    private let answer = ResponseHead()
    private var body = BodyReader()
    private var inBody = false
    private var isOver = false
    private var isLast = false
    /// One line a fact; the bytes of a body are counted and summed, not kept.
    private(set) var events: [String] = []
    private var bodyBytes = 0
    private var bodySum: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ side: Side) { self.side = side }

    /// What any split must give.
    static func events(_ bytes: [UInt8], _ side: Side, cuts: [Int]) -> [String] {
        var driver = WireDriver(side)
        var start = 0
        for cut in cuts + [bytes.count] where cut > start || cut == bytes.count {
            let end = min(cut, bytes.count)
            Array(bytes[start..<end]).withUnsafeBytes { driver.take($0) }
            start = end
        }
        driver.close()
        return driver.events
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while !isOver, at < bytes.count {
            at = inBody ? takeBody(bytes, at) : takeHead(bytes, at)
        }
        if isLast, at < bytes.count, events.last != "failed: bytes behind the last answer" {
            events.append("failed: bytes behind the last answer")
        }
    }

    mutating func close() {
        guard !isOver, inBody else { return }
        events.append(body.endsAtClose ? "body \(bodyBytes) \(bodySum) to the end" : "cut after \(bodyBytes) \(bodySum)")
    }

    private mutating func takeHead(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
        let step = side == .requests ? request.take(rest, limits: limits) : answer.take(rest, toHead: false, limits: limits)
        switch step {
        case .more: return bytes.count
        case .failed(let failure):
            events.append("failed \(failure)")
            isOver = true
            return bytes.count
        case .complete(let count):
            noteHead()
            return at + count
        }
    }

    private mutating func noteHead() {
        let lines = side == .requests ? request.lines : answer.lines
        if side == .requests {
            events.append(
                "\(request.methodBytes.text) \(request.target.text) path \(request.path.text) host \(request.host.text) "
                    + "\(request.framing) keep \(request.keepsAlive) upgrade \(request.asksUpgrade) 100 \(request.expectsContinue)")
        } else {
            events.append("\(answer.status) \(answer.reason.text) \(answer.framing) keep \(answer.keepsAlive)")
        }
        for index in 0..<lines.fieldCount {
            events.append("\(lines.name(lines.fields[index]).text): \(lines.value(lines.fields[index]).text)")
        }
        if side == .answers, answer.isUpgrade {
            isOver = true
            return
        }
        body = BodyReader(side == .requests ? request.framing : answer.framing)
        inBody = true
        bodyBytes = 0
        bodySum = 0xcbf2_9ce4_8422_2325
        if body.isEnded { endBody() }
    }

    private mutating func takeBody(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        switch body.next(bytes, from: at, limits: limits) {
        case .more: return bytes.count
        case .content(let start, let end):
            bodyBytes += end - start
            for byte in bytes[start..<end] { bodySum = (bodySum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            if body.isEnded { endBody() }
            return end
        case .end(let end):
            endBody()
            return end
        case .failed(let failure):
            events.append("failed \(failure) after \(bodyBytes) \(bodySum)")
            isOver = true
            return bytes.count
        }
    }

    private mutating func endBody() {
        events.append("body \(bodyBytes) \(bodySum)")
        if let trailers = body.trailers {
            for index in 0..<trailers.fieldCount {
                events.append("trailer \(trailers.name(trailers.fields[index]).text): \(trailers.value(trailers.fields[index]).text)")
            }
        }
        inBody = false
        if side == .answers, !answer.keepsAlive {
            isOver = true
            isLast = true
        }
        request.reset()
        answer.reset()
    }
}
