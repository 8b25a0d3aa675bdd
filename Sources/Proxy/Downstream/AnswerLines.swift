internal import NIOCore
internal import Wire

/// The field lines of an answer that are the same in every protocol. What frames the message, and what concerns one
/// connection, is its connection's to say.
enum AnswerLines {
    /// An upper bound of what the three functions for an agent's answer write, in bytes.
    @inline(__always)
    static func room(of exchange: Exchange, own: [UInt8]) -> Int {
        exchange.answer.lines.count + 256 + exchange.requestIDCount + (exchange.plan?.responseEdits.bytes.count ?? 0)
            + own.count + exchange.added.count
    }

    /// Lines for this one client beside the agent's: debugging, panic, cookies, models.
    @inline(__always)
    static func own(of exchange: Exchange) -> [UInt8] {
        var own = exchange.ownFields()
        if let models = exchange.models { own += models.field }
        return own
    }

    /// The agent's own fields, without what ends here.
    @inline(__always)
    static func agent(of exchange: Exchange, dropsLength: Bool, into sink: inout HeadSink) {
        let answer = exchange.answer
        var dropping =
            exchange.plan?.responseEdits.dropping ?? Dropping(ids: Plan.responseDrops, underscores: false)
        if dropsLength || answer.framing == .untilClose || answer.status == 204 {
            dropping.ids |= Dropping.bits(.contentLength)
        }
        answer.lines.copyFields(into: &sink, dropping: dropping, namesFields: answer.namesFields)
    }

    /// When it was made, and what passed it on.
    @inline(__always)
    static func passage(of exchange: Exchange, into sink: inout HeadSink) {
        if !exchange.answer.hasDate { sink.put(exchange.loop.dateField) }
        sink.put("Via: 1.1 clawproxy\r\n")
        requestID(of: exchange, into: &sink)
    }

    /// What the rule adds, and what is for this client alone.
    @inline(__always)
    static func additions(of exchange: Exchange, own: [UInt8], into sink: inout HeadSink) {
        if let edits = exchange.plan?.responseEdits { sink.put(edits.bytes) }
        sink.put(own)
        sink.put(exchange.added)
    }

    @inline(__always)
    static func requestID(of exchange: Exchange, into sink: inout HeadSink) {
        sink.put("X-Request-Id: ")
        sink.put(exchange.requestIDBytes)
        sink.put("\r\n")
    }

    @inline(__always)
    static func length(_ bytes: Int, into sink: inout HeadSink) {
        sink.put("Content-Length: ")
        sink.put(decimal: bytes)
        sink.put("\r\n")
    }

    // MARK: shared heads

    static func room(of head: SharedHead, for exchange: Exchange) -> Int {
        head.fields.count + head.own.count + head.reason.count + exchange.requestIDCount + exchange.added.count + 256
    }

    /// All but what frames the message: before that, and after it.
    static func shared(for exchange: Exchange, into sink: inout HeadSink) {
        sink.put("Via: 1.1 clawproxy\r\n")
        requestID(of: exchange, into: &sink)
    }

    static func additions(of head: SharedHead, for exchange: Exchange, into sink: inout HeadSink) {
        sink.put(head.own)
        sink.put(exchange.added)
    }

    // MARK: answers of our own

    static func room(of reply: Reply, for exchange: Exchange) -> Int {
        512 + reply.fields.count + reply.body.count + exchange.requestIDCount + exchange.added.count
    }

    static func lines(of reply: Reply, for exchange: Exchange, sized: Bool, into sink: inout HeadSink) {
        sink.put(exchange.loop.dateField)
        // a 204 has no content, nor a length of it (RFC 9110 8.6)
        if reply.status != 204 {
            sink.put("Content-Type: ")
            sink.put(reply.contentType)
            sink.put("\r\n")
            if sized { length(reply.body.count, into: &sink) }
        }
        requestID(of: exchange, into: &sink)
        sink.put(reply.fields)
        sink.put(exchange.added)
    }
}
