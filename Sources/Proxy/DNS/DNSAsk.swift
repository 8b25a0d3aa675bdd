package import Balancer

/// A question to one server.
package struct DNSAsk: Sendable, Hashable {
    package var id: UInt16
    package var question: DNSMessage.Question
    package var server: NameServer
    package var transport: Lookup.Transport
    package var hasEDNS: Bool
    package var timeout: Duration

    package init(
        id: UInt16, question: DNSMessage.Question, server: NameServer, transport: Lookup.Transport, hasEDNS: Bool,
        timeout: Duration
    ) {
        self.id = id
        self.question = question
        self.server = server
        self.transport = transport
        self.hasEDNS = hasEDNS
        self.timeout = timeout
    }

    package var bytes: [UInt8] {
        var message = DNSMessage(id: id)
        message.questions = [question]
        if hasEDNS { message.edns = DNSMessage.payload }
        return message.bytes
    }

    /// The answer to this question that the bytes are; nil where they are none, and the answer is still to come.
    ///
    /// - Parameter sender: nil where only the server itself can have sent it.
    package func accepts(_ bytes: [UInt8], from sender: HostAddress? = nil, port: Int = 0) -> DNSMessage? {
        if let sender, sender.bytes != server.address || port != server.port { return nil }
        guard let message = try? DNSMessage(reading: bytes), message.isAnswer, message.id == id else { return nil }
        if message.questions == [question] { return message }
        // who cannot read a question cannot repeat it
        let isUnread = message.code == .formatError || message.code == .notImplemented
        return isUnread && message.questions.isEmpty ? message : nil
    }
}
